#include "simulate/run_folder.h"

#include <fstream>
#include <system_error>

namespace torpor::simulate {
namespace {

constexpr const char* kMark = "made-by-torpor-simulate";

}  // namespace

Attempt<int> MakeRunFolder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error)) {
    if (!std::filesystem::exists(folder / kMark, error)) {
      return Why(Status::kFileExists,
                 folder.string() + " is there and not an earlier run's");
    }
    std::filesystem::remove_all(folder, error);
  }
  if (!error) std::filesystem::create_directories(folder, error);
  if (error) return Why(Status::kIo, folder.string() + " cannot be made");
  std::ofstream(folder / kMark)
      << "torpor simulate and torpor-bench-cycle may remove this folder\n";
  return 0;
}

}  // namespace torpor::simulate
