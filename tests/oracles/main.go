// Checks what batpak_proof_maker wrote with libraries that know nothing of batpak: notes and trees of
// golang.org/x/mod, checkpoints of torchwood and formats, proofs of transparency-dev/merkle. It also
// flips each bit of some proofs, and wants every library to refuse each.
//
//	go run . FOLDER PROOFS-TO-FLIP
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	formats "github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const header = "c2sp.org/tlog-proof@v1\n"

var counts = map[string]int{}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// One log: its key, and its entries with the tree that x/mod makes of them.
type history struct {
	verifier note.Verifier
	entries  [][]byte
	stored   []tlog.Hash
}

func (h *history) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = h.stored[index]
	}
	return out, nil
}

func read(path ...string) []byte {
	data, err := os.ReadFile(filepath.Join(path...))
	must(err)
	return data
}

func load(folder string) *history {
	h := &history{}
	words := strings.Fields(string(read(folder, "policy")))
	verifier, err := note.NewVerifier(words[1])
	must(err)
	h.verifier = verifier
	for i, line := range strings.Fields(string(read(folder, "entries"))) {
		entry, err := hex.DecodeString(line)
		must(err)
		hashes, err := tlog.StoredHashes(int64(i), entry, h)
		must(err)
		h.entries = append(h.entries, entry)
		h.stored = append(h.stored, hashes...)
	}
	return h
}

// What two libraries for checkpoints and one for notes agree on; and that the root is the tree's.
func (h *history) checkpoint(raw []byte) (*torchwood.Checkpoint, error) {
	opened, err := note.Open(raw, note.VerifierList(h.verifier))
	if err != nil {
		return nil, err
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	if err != nil {
		return nil, err
	}
	other, _, _, err := formats.ParseCheckpoint(raw, h.verifier.Name(), h.verifier)
	if err != nil {
		return nil, err
	}
	if other.Size != uint64(checkpoint.N) || !bytes.Equal(other.Hash, checkpoint.Hash[:]) {
		return nil, errors.New("the libraries read different checkpoints")
	}
	return &checkpoint, nil
}

func (h *history) checkRoot(checkpoint *torchwood.Checkpoint) {
	root, err := tlog.TreeHash(checkpoint.N, h)
	must(err)
	if root != checkpoint.Hash {
		panic("another root")
	}
	counts["roots"]++
}

func hashes(lines []string) (tlog.TreeProof, [][]byte, error) {
	var one tlog.TreeProof
	var other [][]byte
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, nil, err
		}
		one = append(one, hash)
		other = append(other, hash[:])
	}
	return one, other, nil
}

func number(line, word string) (int64, error) {
	digits, found := strings.CutPrefix(line, word)
	value, err := strconv.ParseInt(digits, 10, 64)
	if !found || err != nil || value < 0 || strconv.FormatInt(value, 10) != digits {
		return 0, errors.New("no number")
	}
	return value, nil
}

// The proof of an entry whose index is known from elsewhere.
func (h *history) event(raw []byte, entry []byte) error {
	head, rest, found := bytes.Cut(raw, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || lines[0]+"\n" != header {
		return errors.New("no proof")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return errors.New("no index")
	}
	index, err := number(lines[0], "index ")
	if err != nil {
		return err
	}
	tree, merkle, err := hashes(lines[1:])
	if err != nil {
		return err
	}
	checkpoint, err := h.checkpoint(rest)
	if err != nil {
		return err
	}
	leaf := tlog.RecordHash(entry)
	first := tlog.CheckRecord(tlog.RecordProof(tree), checkpoint.N, checkpoint.Hash, index, leaf)
	second := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(checkpoint.N), leaf[:], merkle, checkpoint.Hash[:])
	if (first == nil) != (second == nil) {
		panic("the libraries disagree")
	}
	return first
}

func (h *history) growth(raw []byte) error {
	head, rest, found := bytes.Cut(raw, []byte("\n\n"))
	if !found {
		return errors.New("no proof")
	}
	lines := strings.Split(string(head), "\n")
	from, err := number(lines[0], "old ")
	if err != nil || from > int64(len(h.entries)) {
		return errors.New("no size")
	}
	tree, merkle, err := hashes(lines[1:])
	if err != nil {
		return err
	}
	to, err := h.checkpoint(rest)
	if err != nil {
		return err
	}
	old, err := tlog.TreeHash(from, h)
	must(err)
	if from > 0 {
		if err := tlog.CheckTree(tree, to.N, to.Hash, from, old); err != nil {
			return err
		}
	}
	return proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(from), uint64(to.N), merkle, old[:], to.Hash[:])
}

// A folder of files as a web server would give them.
type served struct{ folder string }

func (s served) ReadTiles(_ context.Context, tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(s.folder, torchwood.TilePath(tile)))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func (s served) SaveTiles([]tlog.Tile, [][]byte) {}

func (s served) ReadEndpoint(_ context.Context, path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(s.folder, path))
}

// What a client of torchwood, which authenticates each tile that it reads, finds in the files.
func (h *history) checkServed(folder string) {
	files := served{folder}
	raw, err := files.ReadEndpoint(context.Background(), "checkpoint")
	must(err)
	checkpoint, err := h.checkpoint(raw)
	must(err)
	client, err := torchwood.NewClient(files)
	must(err)
	next := int64(0)
	for next < checkpoint.N {
		before := next
		for index, entry := range client.Entries(context.Background(), checkpoint.Tree, next) {
			if index != next || !bytes.Equal(entry, h.entries[index]) {
				panic("another entry")
			}
			next++
		}
		must(client.Err())
		if next == before {
			panic("no more entries")
		}
	}
	counts["served entries"] += int(next)
	counts["served logs"]++
}

// The file with each hash and signature written in the one way that batpak reads.
func canonical(raw []byte) []byte {
	lines := strings.Split(string(raw), "\n")
	for i, line := range lines {
		at := strings.LastIndex(line, " ") + 1 // of a signature, what comes last
		if data, err := base64.StdEncoding.DecodeString(line[at:]); err == nil && len(data) >= 32 {
			lines[i] = line[:at] + base64.StdEncoding.EncodeToString(data)
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// Each bit of the file but those of the line `extra`, which a log's proof says nothing of.
func (h *history) flip(raw []byte, entry []byte) {
	begin, end := 0, 0
	if at := bytes.Index(raw, []byte("\nextra ")); at >= 0 {
		begin = at + 1
		end = begin + bytes.IndexByte(raw[begin:], '\n')
	}
	for bit := 0; bit < len(raw)*8; bit++ {
		if at := bit / 8; at >= begin && at < end {
			continue
		}
		wrong := bytes.Clone(raw)
		wrong[bit/8] ^= 1 << (bit % 8)
		if h.event(wrong, entry) == nil {
			if bytes.Equal(canonical(wrong), canonical(raw)) {
				counts["flips of bits that x/mod's base64 ignores"]++
				continue
			}
			panic(fmt.Sprintf("bit %d of this is accepted:\n%s", bit, wrong))
		}
		counts["flips refused"]++
	}
}

func main() {
	flips, err := strconv.Atoi(os.Args[2])
	must(err)
	folders, err := filepath.Glob(filepath.Join(os.Args[1], "*"))
	must(err)
	for _, folder := range folders {
		h := load(folder)
		h.checkServed(filepath.Join(folder, "tlog"))
		counts["logs"]++
		files, err := filepath.Glob(filepath.Join(folder, "*.*"))
		must(err)
		for _, file := range files {
			raw := read(file)
			switch filepath.Ext(file) {
			case ".note":
				checkpoint, err := h.checkpoint(raw)
				must(err)
				h.checkRoot(checkpoint)
			case ".proof":
				var index int
				_, err := fmt.Sscanf(filepath.Base(file), "event-%d.", &index)
				if err != nil { // the record that a head is proved by
					_, err = fmt.Sscanf(filepath.Base(file), "head-%d-", &index)
				}
				must(err)
				must(h.event(raw, h.entries[index]))
				counts["inclusions"]++
				if counts["flipped"] < flips {
					counts["flipped"]++
					h.flip(raw, h.entries[index])
				}
			case ".growth":
				must(h.growth(raw))
				counts["growths"]++
			}
		}
	}
	for _, name := range []string{"logs", "roots", "inclusions", "growths", "served logs", "served entries", "flipped", "flips refused", "flips of bits that x/mod's base64 ignores"} {
		fmt.Println(name, counts[name])
	}
}
