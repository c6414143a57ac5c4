// torpor-train: makes the networks that torpor carries. The only program with libtorch.
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "core/status_table.h"
#include "core/version.h"
#include "train/blas.h"
#include "train/commands.h"

namespace torpor::train {
namespace {

void WarnOfSlowBlas() {
  const Blas blas = FindBlas();
  if (blas.quick) return;
  std::fprintf(stderr,
               "torpor-train: WARNING: libtorch works with %s, twelve times slower than "
               "OpenBLAS; apt-get install libopenblas0-pthread\n",
               blas.library.empty() ? "no BLAS that is known" : blas.library.c_str());
}

int Main(int argc, char** argv) {
  Outcome outcome;
  CLI::App app("Trains torpor's networks on healthy recordings.", "torpor-train");
  app.set_version_flag("--version", std::string(kVersion));
  app.require_subcommand(1);
  app.footer("torpor-train COMMAND --help shows a command's options and examples.");
  AddFit(app, outcome);
  AddCrossValidate(app, outcome);
  AddCard(app, outcome);
  if (argc < 2) {
    std::fputs(app.help().c_str(), stderr);
    return Info(Status::kUsage).exit_code;
  }
  WarnOfSlowBlas();
  UseOneThread();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    Refuse(outcome, Status::kUsage, error.what());
  }
  return outcome.exit_code;
}

}  // namespace
}  // namespace torpor::train

int main(int argc, char** argv) {
  // A file that may not grow is a full disk, said in a line, not a death.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return torpor::train::Main(argc, argv);
  } catch (const std::exception& error) {
    std::string line = error.what();  // libtorch's have a backtrace behind the first
    line = line.substr(0, line.find('\n'));
    std::fprintf(stderr, "torpor-train: internal (2): %s\n", line.c_str());
    return torpor::Info(torpor::Status::kInternal).exit_code;
  }
}
