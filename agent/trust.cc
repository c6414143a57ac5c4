#include "agent/trust.h"

#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "contract/sign/durable.h"
#include "contract/sign/key_files.h"

namespace torpor::agent {
namespace {

std::vector<std::string> Strings(const std::vector<std::filesystem::path>& paths) {
  return {paths.begin(), paths.end()};
}

void Add(const std::filesystem::path& path, std::string& to) {
  struct stat info {};
  to += path.string();
  if (::stat(path.c_str(), &info) == 0) {
    for (const auto number :
         {static_cast<long long>(info.st_ino), static_cast<long long>(info.st_size),
          static_cast<long long>(info.st_mtim.tv_sec),
          static_cast<long long>(info.st_mtim.tv_nsec)}) {
      to += ' ' + std::to_string(number);
    }
  }
  to += '\n';
}

}  // namespace

std::variant<Trust, Refusal> LoadTrust(const Options& options,
                                       const Remembered& remembered) {
  std::string culprit;
  auto keyrings =
      contract::sign::ReadInstalledKeyring(Strings(options.keyring), &culprit);
  if (!keyrings.ok()) return Because(keyrings.status(), culprit);
  const std::uint32_t newest = keyrings->newest().lineage.version;
  if (newest < remembered.keyring_version) {
    Refusal refusal = Because(Status::kRolledBack, options.keyring.front());
    refusal.where += ": keyring";
    refusal.ours = std::to_string(newest);
    refusal.theirs = std::to_string(remembered.keyring_version);
    return refusal;
  }
  const auto now = contract::sign::ReadPairingKey(options.pairing);
  if (!now.ok()) return Because(now.status(), options.pairing);
  Trust trust{*std::move(keyrings), {*now, std::nullopt}};
  const std::string next_path = NextPairingPath(options);
  const auto next = contract::sign::ReadPairingKey(next_path);
  if (next.ok()) {
    trust.pairing.next = *next;
  } else if (next.status() != Status::kPairingMissing) {
    return Because(next.status(), next_path);
  }
  return trust;
}

Result<VerifiedUnder> VerifyUnderAny(std::span<const std::byte> bundle,
                                     std::span<const contract::Keyring> oldest_first,
                                     contract::Finding* why) {
  Status newest_says = Status::kKeyringEmpty;
  for (std::size_t i = oldest_first.size(); i-- > 0;) {
    const bool newest = i + 1 == oldest_first.size();
    const auto verified =
        contract::Verify(bundle, oldest_first[i], newest ? why : nullptr);
    if (verified.ok()) return VerifiedUnder{*verified, i};
    if (newest) newest_says = verified.status();
    if (verified.status() != Status::kUnknownKey) break;  // older keys change nothing
  }
  return newest_says;
}

std::filesystem::path NextPairingPath(const Options& options) {
  return options.pairing.string() + ".next";
}

Status PromotePairing(const Options& options) {
  const std::string next = NextPairingPath(options);
  contract::sign::Disk& disk = contract::sign::SystemDisk();
  if (disk.Rename(next, options.pairing) != 0) return Status::kIo;
  return contract::sign::SyncFile(options.pairing, disk);
}

std::string FingerprintOfKeys(const Options& options) {
  namespace fs = std::filesystem;
  std::string print;
  for (const fs::path& path : options.keyring) {
    Add(path, print);
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator it(path, error), end; !error && it != end;
         it.increment(error)) {
      files.push_back(it->path());
    }
    std::ranges::sort(files);
    for (const fs::path& file : files) Add(file, print);
  }
  Add(NextPairingPath(options), print);
  return print;
}

}  // namespace torpor::agent
