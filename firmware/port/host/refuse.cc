#include "firmware/port/host/refuse.h"

#include <array>
#include <cstdio>

#include "core/status_table.h"
#include "link/refusal.h"

namespace torpor::firmware::host {

int Refuse(const simulate::Refusal& why) {
  std::fprintf(stderr, "torpor-firmware: %s\n", why.what.c_str());
  std::array<char, 1024> room{};
  const auto line = link::FormatRefusal(
      "torpor-firmware", link::Refused(why.status, why.ours, why.theirs), room);
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  return Info(why.status).exit_code;
}

}  // namespace torpor::firmware::host
