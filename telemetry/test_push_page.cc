// For tests in other languages: sends the page on standard input as torpord sends its
// own.
//
//   torpor_push_page --has-snappy
//   torpor_push_page PROMETHEUS ROBOT UNIX_TIME_MS [ENDED_SERIES...] < page
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "core/status_table.h"
#include "telemetry/push.h"
#include "telemetry/test_snappy.h"

int main(int argc, char** argv) {
  using torpor::telemetry::PushTarget;
  if (!torpor::telemetry::HasSnappy()) return EXIT_FAILURE;
  if (argc == 2 && argv[1] == std::string_view("--has-snappy")) return EXIT_SUCCESS;
  if (argc < 4) return EXIT_FAILURE;
  PushTarget target{argv[1], argv[2], "", {}};
  target.receiver = torpor::telemetry::Receiver::kRemoteWrite;
  target.at_ms = std::strtoll(argv[3], nullptr, 10);
  target.ended.assign(argv + 4, argv + argc);
  const std::string page{std::istreambuf_iterator<char>(std::cin), {}};
  const auto result = Push(target, page, torpor::Milliseconds{20'000});
  if (result.status == torpor::Status::kOk) return EXIT_SUCCESS;
  std::cerr << torpor::Info(result.status).name << ": " << result.detail << "\n";
  return EXIT_FAILURE;
}
