// What --backend may say, and what it makes.
#pragma once

#include <string>
#include <string_view>

#include "agent/accelerator/child_network.h"
#include "model/inference.h"

namespace torpor::agent {

// In torpord's own process: waking an accelerator costs more than such a network does.
inline constexpr std::string_view kDefaultBackEnd = "cpu";

// Lower-case letters and digits, at most 31 of them, after "child-" or alone.
[[nodiscard]] bool IsBackEndName(std::string_view name);

// Whether what --backend names runs on a device of its own, whose joules NVML may know.
[[nodiscard]] bool IsOnADevice(std::string_view back_end);

// "cpu" and "reference" run in this process; "child-cpu", "child-reference", "tensorrt"
// and the name of any plugin in one of its own, started as `setting` says. `made`
// receives the latter's client, which belongs to whoever is given the network; it stays
// as it is when there is none.
[[nodiscard]] model::NetworkMaker MakerOf(const std::string& back_end,
                                          ChildSetting setting, ChildNetwork*& made);

}  // namespace torpor::agent
