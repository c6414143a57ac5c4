// torpor-accelerator: holds an accelerator for as long as one answer takes, so that its
// end surely closes what the driver has open. torpord starts it; nobody else has a use
// for it.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <string>

#include "agent/accelerator/serve.h"
#include "core/hex.h"
#include "core/status_table.h"
#include "core/version.h"
#include "power/cpu_boost.h"

namespace {

// Dies with torpord, also when torpord died before this was said; and dies at once, not
// after its memory was written to a disk.
bool TieTo(pid_t parent) {
  const rlimit none{};
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent &&
         ::setrlimit(RLIMIT_CORE, &none) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  torpor::agent::BackEndWish wish;
  std::string digest;
  pid_t parent = 0;
  CLI::App app("torpor-accelerator: runs one network for torpord, which starts it.");
  app.name("torpor-accelerator");
  app.set_version_flag("--version",
                       "torpor-accelerator " + std::string(torpor::kVersion));
  app.footer("docs/accelerator.md says what it is told, and when it is killed.");
  app.add_option("--back-end", wish.name, "cpu, reference, or a plugin")->required();
  app.add_option("--model", wish.model, "The model file")->required();
  app.add_option("--digest", digest, "The digest it must have")->required();
  app.add_option("--tokens", wish.tokens, "Of every run")->required();
  app.add_option("--cache", wish.cache, "Folder where plans may be kept");
  app.add_option("--device-meter", wish.device_meter,
                 "NVML's library, to ask what the device has used");
  app.add_option("--parent", parent, "torpord's process; this one ends with it")
      ->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : torpor::Info(torpor::Status::kUsage).exit_code;
  }
  const auto bytes = torpor::ReadHex<32>(digest);
  if (!bytes || !TieTo(parent)) return torpor::Info(torpor::Status::kUsage).exit_code;
  // A CPU boost of torpord's is torpord's alone; a kernel without any has none to undo.
  (void)torpor::power::ClampThisThread(0);
  wish.digest = *bytes;
  return torpor::agent::Serve(wish);
}
