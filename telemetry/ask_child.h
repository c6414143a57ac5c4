// Work that cannot be told when to give up, done all the same before a deadline: in a
// child that is killed and reaped when time is out.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "core/status.h"
#include "telemetry/deadline.h"

namespace torpor::telemetry {

// What the child calls to have something heard; it may be cut off at any moment.
using Say = std::function<void(std::string_view)>;

struct ChildAnswer {
  // kOk: the child has ended by itself, or has said more than was to be heard;
  // kGatewayTimeout: it was cut off; kOs: there was none, or it could not be heard.
  Status status = Status::kOk;
  std::string said;  // whatever came, also from one that was cut off
};

// Runs `work` in a child of this process, which must have one thread as far as `work`
// needs what others may hold. The child dies with this process, runs no destructor of
// it, and has gone when this returns.
[[nodiscard]] ChildAnswer AskChild(const std::function<void(const Say&)>& work,
                                   const Deadline& deadline, std::size_t longest);

}  // namespace torpor::telemetry
