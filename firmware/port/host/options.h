// What the host's firmware is told on its command line.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firmware/port/host/sensors.h"

namespace CLI {
class App;
}

namespace torpor::firmware::host {

// What is written into a flash before it is used.
struct ProvisionOptions {
  std::string bundle;
  std::vector<std::string> keyring;  // .pub files, or folders of them
  std::string pairing;
  std::string robot_id;
  std::vector<std::string> groups;
};

struct Options {
  std::string flash;
  std::optional<ProvisionOptions> provision;  // then nothing else is done
  std::string link;
  Source source;
  bool exit_on_refusal = false;
};

// A help text or a usage error has been printed when no options come back; the program
// then ends with `exit_code`.
struct Parsed {
  std::optional<Options> options;
  int exit_code = 0;
};
// `more` adds options of a program's own.
Parsed ParseOptions(int argc, const char* const* argv,
                    const std::function<void(CLI::App&)>& more = {});

}  // namespace torpor::firmware::host
