#include "power/sys_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <memory>
#include <utility>

namespace torpor::power {
namespace {

constexpr std::array<std::string_view, 4> kPciRegisters = {
    "config", "vpd", "current_link_speed", "current_link_width"};
constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";

// The parts of a path between its slashes, empty ones and "." left out.
std::vector<std::string_view> PartsOf(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (!part.empty() && part != ".") parts.push_back(part);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

std::string Joined(const std::vector<std::string_view>& parts) {
  std::string path;
  for (const std::string_view part : parts) {
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

std::string Trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(kWhiteSpace);
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(kWhiteSpace) - from + 1));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

// One star, or none.
bool Fits(std::string_view name, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  const std::string_view before = pattern.substr(0, star);
  const std::string_view after = pattern.substr(star + 1);
  return name.size() >= before.size() + after.size() && name.starts_with(before) &&
         name.ends_with(after);
}

}  // namespace

bool SysTree::Forbids(std::string_view path) {
  const std::vector<std::string_view> parts = PartsOf(path);
  if (parts.empty()) return false;
  if (parts.front() == "dev" || parts.back() == "load") return true;
  if (std::find(parts.begin(), parts.end(), "..") != parts.end()) return true;
  return parts.front() == "sys" && std::find(kPciRegisters.begin(), kPciRegisters.end(),
                                             parts.back()) != kPciRegisters.end();
}

std::optional<std::filesystem::path> SysTree::Enter(std::string_view path,
                                                    Access access) const {
  const std::string plain = Joined(PartsOf(path));
  const bool forbidden = Forbids(plain);
  if (observer_) {
    observer_(plain, forbidden ? Access::kRefused : access);
  } else {
    assert(!forbidden);
  }
  if (forbidden) return std::nullopt;
  return root_ / plain;
}

std::optional<std::string> SysTree::ReadUpTo(std::string_view path, std::size_t most,
                                             Pieces pieces, int* why) const {
  const auto failed = [why](int error) {
    if (why != nullptr) *why = error;
    return std::nullopt;
  };
  const auto place = Enter(path, Access::kRead);
  if (!place) return failed(EACCES);

  // A pipe or a device that stands where an attribute should must not hold us up.
  const Descriptor file(
      ::open(place->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY));
  if (file.get() < 0) return failed(errno);
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return failed(errno);
  if (!S_ISREG(found.st_mode)) return failed(EINVAL);

  std::string text;
  while (text.size() < most) {
    std::array<char, kMaxBytes> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const ssize_t count =
        ::read(file.get(), bytes.data(), std::min(bytes.size(), most - text.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(errno);
    text.append(bytes.data(), static_cast<std::size_t>(count));
    if (count == 0 || pieces == Pieces::kOne) break;
  }
  return text;
}

std::optional<std::string> SysTree::Read(std::string_view path, int* why) const {
  const auto text = ReadUpTo(path, kMaxBytes, Pieces::kOne, why);
  if (!text) return std::nullopt;
  return Trimmed(*text);
}

std::optional<std::string> SysTree::ReadLong(std::string_view path,
                                             std::size_t most) const {
  return ReadUpTo(path, most, Pieces::kAll, nullptr);
}

std::optional<std::string> SysTree::Link(std::string_view path) const {
  const auto place = Enter(path, Access::kRead);
  if (!place) return std::nullopt;
  std::array<char, kMaxBytes> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const ssize_t count = ::readlink(place->c_str(), bytes.data(), bytes.size());
  if (count < 0) return std::nullopt;
  return std::string(bytes.data(), static_cast<std::size_t>(count));
}

std::vector<std::string> SysTree::List(std::string_view folder) const {
  std::vector<std::string> names;
  const auto place = Enter(folder, Access::kListed);
  if (!place) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> opened(::opendir(place->c_str()),
                                                   &::closedir);
  if (!opened) return names;
  while (names.size() < kMaxNames) {
    const dirent* entry = ::readdir(opened.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> SysTree::Match(std::string_view pattern) const {
  std::vector<std::string> found = {""};
  for (const std::string_view part : PartsOf(pattern)) {
    std::vector<std::string> longer;
    for (const std::string& path : found) {
      const std::string before = path.empty() ? "" : path + "/";
      if (part.find('*') == std::string_view::npos) {
        longer.push_back(before + std::string(part));
        continue;
      }
      for (const std::string& name : List(path)) {
        if (longer.size() >= kMaxNames) break;
        if (Fits(name, part)) longer.push_back(before + name);
      }
    }
    found = std::move(longer);
  }
  return found;
}

}  // namespace torpor::power
