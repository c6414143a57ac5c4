#include "bench/cycle/page_cache.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace torpor::bench {

std::string DropPageCache(const std::vector<std::filesystem::path>& files) {
  for (const std::filesystem::path& path : files) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    ::fdatasync(file);  // pages that are not written yet stay
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
  }
  const int all = ::open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
  if (all < 0) return "its own files' pages dropped (posix_fadvise)";
  const bool dropped = ::write(all, "1", 1) == 1;
  ::close(all);
  return dropped ? "all cached pages dropped (drop_caches)"
                 : "its own files' pages dropped (posix_fadvise)";
}

std::vector<std::filesystem::path> MappedFiles(int pid) {
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  std::vector<std::filesystem::path> files;
  for (std::string line; std::getline(maps, line);) {
    const auto slash = line.find('/');
    if (slash != std::string::npos) files.emplace_back(line.substr(slash));
  }
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

}  // namespace torpor::bench
