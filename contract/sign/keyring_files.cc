#include "contract/sign/keyring_files.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "contract/envelope.h"
#include "contract/keyring_document.h"
#include "contract/sign/files.h"
#include "contract/sign/key_files.h"

namespace torpor::contract::sign {
namespace {

using enum Status;
namespace fs = std::filesystem;

constexpr std::size_t kMaxListBytes = 4096;

bool IsDocument(const std::string& path) {
  return fs::path(path).extension() == ".keyring";
}

// The keys of a folder in the order of their names; anything else is itself.
Result<std::vector<std::string>> KeyFiles(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector{path};
  std::vector<std::string> files;
  for (fs::directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    std::string file = it->path().string();
    if (it->path().extension() == ".pub" || IsDocument(file)) {
      files.push_back(std::move(file));
    }
  }
  if (error) return kIo;
  std::ranges::sort(files);
  return files;
}

Status AddLines(std::string_view text, Keyring& keyring) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end + 1);
    text.remove_prefix(end + 1);
    if (line.find_first_not_of(" \r\n") == std::string_view::npos) continue;
    const auto key = ParsePublicKey(line);
    if (!key.ok()) return key.status();
    const Status status = keyring.Add(*key);
    if (status != kOk) return status;
  }
  return kOk;
}

Status AddList(const std::string& file, Keyring& keyring) {
  const auto text = ReadFile(file, kMaxListBytes);
  if (!text.ok()) return text.status() == kFileTooLarge ? kKeyMalformed : text.status();
  return AddLines({reinterpret_cast<const char*>(text->data()), text->size()}, keyring);
}

struct Found {
  std::string file;
  std::vector<std::byte> document;
  std::uint32_t version = 0;  // as it says
};

// kOk leaves the version at 0 when the document cannot be read: it is refused below.
Result<Found> ReadFound(const std::string& file) {
  auto document = ReadKeyringDocument(file);
  if (!document.ok()) return document.status();
  Found found{file, *std::move(document)};
  const auto parsed = ParseDocument(found.document);
  Keyring unverified;
  if (parsed.ok() && ReadUnverifiedKeyring(parsed->payload, unverified) == kOk) {
    found.version = unverified.lineage.version;
  }
  return found;
}

// Perhaps with other signatures.
bool SaysTheSame(const std::vector<std::byte>& document, const Found& other) {
  const auto a = ParseDocument(document), b = ParseDocument(other.document);
  return a.ok() && b.ok() && std::ranges::equal(a->payload, b->payload);
}

Result<InstalledKeyring> Chain(std::vector<Found> found, std::string& culprit) {
  std::ranges::stable_sort(found, {}, &Found::version);
  InstalledKeyring installed;
  for (Found& one : found) {
    culprit = one.file;
    if (!installed.documents.empty() && SaysTheSame(installed.documents.back(), one)) {
      continue;
    }
    Keyring next;
    const Status status = installed.documents.empty()
                              ? OpenKeyring(one.document, next)
                              : FollowKeyring(one.document, installed.newest(), next);
    if (status != kOk) return status;
    installed.keyrings.push_back(next);
    installed.documents.push_back(std::move(one.document));
  }
  return installed;
}

}  // namespace

Result<InstalledKeyring> ReadInstalledKeyring(const std::vector<std::string>& paths,
                                              std::string* culprit) {
  std::string ignored;
  std::string& file_at_fault = culprit != nullptr ? *culprit : ignored;
  Keyring list;
  std::vector<Found> found;
  for (const std::string& path : paths) {
    file_at_fault = path;
    const auto files = KeyFiles(path);
    if (!files.ok()) return files.status();
    for (const std::string& file : *files) {
      file_at_fault = file;
      if (IsDocument(file)) {
        auto document = ReadFound(file);
        if (!document.ok()) return document.status();
        found.push_back(*std::move(document));
      } else if (const Status status = AddList(file, list); status != kOk) {
        return status;
      }
    }
  }
  if (found.empty()) {
    if (list.keys().empty()) return kKeyringEmpty;
    return InstalledKeyring{{list}, {}};
  }
  if (!list.keys().empty()) return kKeyringMixed;
  return Chain(std::move(found), file_at_fault);
}

Result<Keyring> ReadKeyring(const std::vector<std::string>& paths, std::string* culprit) {
  const auto installed = ReadInstalledKeyring(paths, culprit);
  if (!installed.ok()) return installed.status();
  return installed->newest();
}

Result<std::vector<std::byte>> ReadKeyringDocument(const std::string& path) {
  auto bytes = ReadFile(path, kMaxKeyringBytes);
  if (bytes.status() == kFileTooLarge) return kBundleTooLarge;
  return bytes;
}

}  // namespace torpor::contract::sign
