#include "telemetry/move_aside.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <system_error>

namespace torpor::telemetry {
namespace {

std::filesystem::path With(const std::filesystem::path& path, std::string_view ending) {
  std::filesystem::path longer = path;
  longer += ending;
  return longer;
}

}  // namespace

void SyncFolderOf(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

std::optional<std::filesystem::path> MoveAside(const std::filesystem::path& path) {
  for (int n = 1; n <= kMostMovedAside; ++n) {
    const std::filesystem::path aside = With(path, ".corrupt-" + std::to_string(n));
    std::error_code error;
    if (std::filesystem::exists(aside, error) ||
        std::filesystem::exists(With(aside, "-wal"), error)) {
      continue;
    }
    // The log first: left beside a new file, SQLite would delete it.
    for (const std::string_view ending : {"-wal", "-shm"}) {
      std::error_code absent;
      std::filesystem::rename(With(path, ending), With(aside, ending), absent);
    }
    std::filesystem::rename(path, aside, error);
    SyncFolderOf(path);
    if (error) return std::nullopt;
    return aside;
  }
  return std::nullopt;
}

}  // namespace torpor::telemetry
