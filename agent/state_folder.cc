#include "agent/state_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <system_error>

#include "contract/sign/durable.h"
#include "core/bytes.h"
#include "core/hex.h"
#include "core/json_hosted.h"

namespace torpor::agent {
namespace {

using nlohmann::json;

constexpr const char* kRememberedFile = "remembered.json";
constexpr const char* kRefusalFile = "refused.json";
constexpr std::uintmax_t kLargestStateFile = 64 * 1024;

std::string HexText(const Digest& digest) {
  std::string text(2 * digest.size(), '0');
  WriteHex(digest, text);
  return text;
}

// Nothing when there is no such file; a discarded value when it is no JSON object.
std::optional<json> ReadJson(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return std::nullopt;
  if (size > kLargestStateFile) return json(json::value_t::discarded);
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

Status WriteJson(const std::filesystem::path& path, const json& stored) {
  const std::string text = stored.dump(2) + "\n";
  return contract::sign::ReplaceFile(path, AsBytes(text),
                                     contract::sign::Secrecy::kSecret);
}

}  // namespace

Status StateFolder::Claim() {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) return Status::kIo;
  lock_ =
      Descriptor(::open((folder_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_.valid()) return Status::kIo;
  return ::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0 ? Status::kOk
                                                      : Status::kStateLocked;
}

Result<Remembered> StateFolder::Load() const {
  const auto stored = ReadJson(folder_ / kRememberedFile);
  Remembered remembered;
  if (!stored) return remembered;
  if (!stored->is_object()) return Status::kStateMalformed;
  try {
    remembered.floor.epoch = stored->at("floor_epoch").get<std::uint32_t>();
    remembered.floor.number = stored->at("floor_version").get<std::uint64_t>();
    const auto digest = ReadHex<32>(stored->at("floor_contract").get<std::string>());
    if (!digest) return Status::kStateMalformed;
    remembered.floor_contract = *digest;
    remembered.trusted_time_s = stored->at("trusted_time_s").get<std::uint64_t>();
    remembered.keyring_version = stored->value("keyring_version", std::uint32_t{1});
    remembered.gateway = stored->at("gateway").get<std::string>();
  } catch (const json::exception&) {
    return Status::kStateMalformed;
  }
  return remembered;
}

Status StateFolder::Save(const Remembered& remembered) const {
  const json stored{{"floor_epoch", remembered.floor.epoch},
                    {"floor_version", remembered.floor.number},
                    {"floor_contract", HexText(remembered.floor_contract)},
                    {"trusted_time_s", remembered.trusted_time_s},
                    {"keyring_version", remembered.keyring_version},
                    {"gateway", remembered.gateway}};
  return WriteJson(folder_ / kRememberedFile, stored);
}

std::optional<RefusalMark> StateFolder::LoadRefusal() const {
  const auto stored = ReadJson(folder_ / kRefusalFile);
  if (!stored || !stored->is_object()) return std::nullopt;
  try {
    RefusalMark mark;
    mark.key = stored->at("key").get<std::string>();
    mark.reason = stored->at("reason").get<std::uint16_t>();
    mark.exit_code = stored->at("exit_code").get<int>();
    mark.line = stored->at("line").get<std::string>();
    mark.boot_id = stored->at("boot_id").get<std::string>();
    mark.until_us = stored->at("until_us").get<std::int64_t>();
    return mark;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

Status StateFolder::SaveRefusal(const RefusalMark& mark) const {
  const json stored{
      {"key", mark.key},   {"reason", mark.reason},   {"exit_code", mark.exit_code},
      {"line", mark.line}, {"boot_id", mark.boot_id}, {"until_us", mark.until_us}};
  return WriteJson(folder_ / kRefusalFile, stored);
}

void StateFolder::ClearRefusal() const {
  std::error_code error;
  std::filesystem::remove(folder_ / kRefusalFile, error);
}

bool StateFolder::TakeWatchdogMark() const {
  std::error_code error;
  return std::filesystem::remove(watchdog_mark(), error);
}

std::string BootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace torpor::agent
