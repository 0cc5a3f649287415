#include "tool/events/gates_json.hpp"

#include "tool/text/json_line.hpp"

namespace batpak::tool {

std::string gates_json(const GateEvidence& evidence, bool ascii) {
    JsonLine line(ascii);
    if (evidence.bypass) {
        line.text("bypassed", evidence.bypass->name());
        line.text("justification", evidence.bypass->justification());
        return line.finish();
    }
    std::string passed;
    for (const GateName& gate : evidence.passed) {
        passed += (passed.empty() ? "" : ",") + text_json(to_string(gate), ascii);
    }
    line.text("gate_set", to_string(evidence.gate_set));
    line.raw("passed", "[" + passed + "]");
    if (evidence.judged_end) line.number("judged_end", evidence.judged_end->value);
    return line.finish();
}

}  // namespace batpak::tool
