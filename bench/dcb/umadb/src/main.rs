//! One turn of UmaDB for dcb_bench: enrolments, each under the condition that there is none yet of
//! this course and this student.
//!
//!     umadb-contender FILE THREADS APPENDS BATCH FIRST
//!
//! Each thread appends its share; an append has BATCH events, and the condition is about the first.
//! FIRST is the number of the first event: numbers say which course and student. Prints the seconds
//! that the appends took. One thread appends itself; several ask UmaDB's own writer thread, which
//! commits together what waits.

use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot, watch};
use umadb_core::db::UmaDb;
use umadb_core::mvcc::{Mvcc, StorageOptions};
use umadb_core::writer_thread_blocking::writer_thread_blocking;
use umadb_core::writer_thread_request::WriterThreadRequest;
use umadb_dcb::{DcbAppendCondition, DcbEvent, DcbEventStoreSync, DcbQuery, DcbQueryItem};

const COURSES: u64 = 1000;
const PAYLOAD_BYTES: usize = 256;
const KIND: &str = "Enrolled";

fn tags(number: u64) -> [String; 2] {
    [
        format!("course:{:06}", number % COURSES),
        format!("student:{:08}", number / COURSES),
    ]
}

fn events(first: u64, count: u64) -> Vec<DcbEvent> {
    (first..first + count)
        .map(|number| {
            DcbEvent::new()
                .event_type(KIND)
                .data(vec![7u8; PAYLOAD_BYTES])
                .tags(tags(number))
        })
        .collect()
}

fn condition(number: u64) -> DcbAppendCondition {
    let item = DcbQueryItem::new().types([KIND]).tags(tags(number));
    DcbAppendCondition::new(DcbQuery::with_items([item]))
}

fn alone(mvcc: Arc<Mvcc>, appends: u64, batch: u64, first: u64) -> f64 {
    let db = UmaDb::from_arc(mvcc);
    let begin = Instant::now();
    for i in 0..appends {
        let number = first + i * batch;
        db.append(events(number, batch), Some(condition(number)), None)
            .expect("an enrolment");
    }
    begin.elapsed().as_secs_f64()
}

fn together(mvcc: Arc<Mvcc>, threads: u64, appends: u64, batch: u64, first: u64) -> f64 {
    let (request_tx, request_rx) = mpsc::channel(1000);
    let (head_tx, _head_rx) = watch::channel(None);
    let writer = std::thread::spawn(move || writer_thread_blocking(mvcc, request_rx, head_tx, 10_000));
    let share = appends / threads;
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let requests = request_tx.clone();
            scope.spawn(move || {
                for i in 0..share {
                    let number = first + (thread * share + i) * batch;
                    let (response_tx, response) = oneshot::channel();
                    requests
                        .blocking_send(WriterThreadRequest::Append {
                            events: events(number, batch),
                            condition: Some(condition(number)),
                            tracking_info: None,
                            response_tx,
                            cancel: None,
                        })
                        .expect("the writer lives");
                    response
                        .blocking_recv()
                        .expect("an answer")
                        .expect("an enrolment");
                }
            });
        }
    });
    let seconds = begin.elapsed().as_secs_f64();
    request_tx
        .blocking_send(WriterThreadRequest::Shutdown)
        .expect("the writer lives");
    writer.join().expect("the writer ends");
    seconds
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let number = |i: usize| words[i].parse::<u64>().expect("a number");
    let mvcc = Arc::new(
        Mvcc::new(false, StorageOptions::default().db_path(&words[1])).expect("a database"),
    );
    let (threads, appends, batch, first) = (number(2), number(3), number(4), number(5));
    let seconds = if threads == 1 {
        alone(mvcc, appends, batch, first)
    } else {
        together(mvcc, threads, appends, batch, first)
    };
    println!("{seconds}");
}
