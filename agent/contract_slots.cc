#include "agent/contract_slots.h"

#include "agent/trust.h"
#include "contract/sign/describe.h"
#include "contract/sign/key_files.h"
#include "contract/verify.h"

namespace torpor::agent {
namespace {

namespace sign = contract::sign;

Result<Kept> Verified(std::vector<std::byte> bundle,
                      std::span<const contract::Keyring> keyrings,
                      contract::Finding* why = nullptr) {
  const auto verified = VerifyUnderAny(bundle, keyrings, why);
  if (!verified.ok()) return verified.status();
  const sign::NamedContract named = sign::NameOf(verified->contract);
  return Kept{std::move(bundle), named.id, named.version, named.name};
}

bool Holds(const Result<Kept>& slot, const Digest& id) {
  return slot.ok() && slot->id == id;
}

// The slot that may be written while `obeyed` is obeyed.
std::size_t FreeSlot(const Result<Kept>& a, const Result<Kept>& b, const Digest& obeyed) {
  if (Holds(a, obeyed)) return 1;
  if (Holds(b, obeyed)) return 0;
  if (!a.ok() || !b.ok()) return a.ok() ? 1 : 0;
  return a->version < b->version ? 0 : 1;
}

}  // namespace

std::filesystem::path ContractSlots::PathOf(std::size_t slot) const {
  return folder_ / sign::kSlotFiles[slot];
}

Result<Kept> ContractSlots::Read(std::size_t slot) const {
  auto bundle = sign::ReadBundle(PathOf(slot).string());
  if (!bundle.ok()) return bundle.status();
  return Verified(*std::move(bundle), keyrings_);
}

std::vector<Kept> ContractSlots::Load(std::vector<std::string>* damaged) const {
  std::vector<Kept> found;
  for (std::size_t slot = 0; slot < sign::kSlotFiles.size(); ++slot) {
    auto kept = Read(slot);
    if (kept.ok()) {
      found.push_back(*std::move(kept));
    } else if (damaged != nullptr && kept.status() != Status::kBundleMissing) {
      damaged->push_back(sign::Describe(kept.status(), PathOf(slot).string()));
    }
  }
  return found;
}

Status ContractSlots::Keep(std::span<const std::byte> bundle, const Digest& obeyed) {
  const auto kept = Verified({bundle.begin(), bundle.end()}, keyrings_);
  if (!kept.ok()) return kept.status();
  const std::array slots = {Read(0), Read(1)};
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    // Whoever put it there may have been ended before it could sync.
    if (Holds(slots[slot], kept->id)) return SyncFile(PathOf(slot).string(), disk_);
  }
  const std::size_t free = FreeSlot(slots[0], slots[1], obeyed);
  if (!Holds(slots[1 - free], obeyed) &&
      (slots[0].status() == Status::kIo || slots[1].status() == Status::kIo)) {
    return Status::kIo;
  }
  return ReplaceFile(PathOf(free).string(), bundle, sign::Secrecy::kPublic, disk_);
}

Status ContractSlots::Drop(const Digest& id) {
  const std::array slots = {Read(0), Read(1)};
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    if (!Holds(slots[slot], id)) continue;
    const auto& other = slots[1 - slot];
    if (!other.ok() || other->id == id) return Status::kInternal;
    return sign::RemoveFile(PathOf(slot).string(), disk_);
  }
  return Status::kOk;
}

std::optional<Wanted> ContractSlots::FindWanted() const {
  auto file = sign::ReadWanted(folder_);
  if (!file) return std::nullopt;
  const std::string path = (folder_ / sign::kWantedFile).string();
  const auto refused = [&](Status status, std::string text) {
    return Wanted{sign::RefusedContract{std::nullopt, status, std::move(text)},
                  file->mark};
  };
  if (!file->bundle.ok()) {
    return refused(file->bundle.status(), sign::Describe(file->bundle.status(), path));
  }
  contract::Finding why;
  auto kept = Verified(*file->bundle, keyrings_, &why);
  if (kept.ok()) return Wanted{*std::move(kept), file->mark};
  return refused(kept.status(), why.status == kept.status()
                                    ? sign::Describe(why) + ": " + path
                                    : sign::Describe(kept.status(), path));
}

Status ContractSlots::TakeWanted(const Wanted& wanted, const Digest& obeyed) {
  const auto* const kept = std::get_if<Kept>(&wanted.what);
  if (kept == nullptr) return std::get<sign::RefusedContract>(wanted.what).reason;
  const Status status = Keep(kept->bundle, obeyed);
  return status == Status::kOk ? ClearWanted(wanted) : status;
}

Status ContractSlots::ClearWanted(const Wanted& wanted) {
  return sign::RemoveWanted(folder_, wanted.mark, disk_);
}

Status ContractSlots::RefuseWanted(const Wanted& wanted, Status reason,
                                   const std::string& text) {
  sign::ActivationReport report = LoadReport();
  report.refused = sign::RefusedContract{std::nullopt, reason, text};
  if (const auto* const kept = std::get_if<Kept>(&wanted.what)) {
    report.refused->contract = sign::NamedContract{kept->name, kept->version, kept->id};
  }
  // People hear of it before the wish is gone.
  const Status status = SaveReport(report);
  return status == Status::kOk ? ClearWanted(wanted) : status;
}

sign::ActivationReport ContractSlots::LoadReport() const {
  auto report = sign::LoadReport(folder_);
  return report.ok() ? *std::move(report) : sign::ActivationReport{};
}

Status ContractSlots::SaveReport(const sign::ActivationReport& report) {
  const auto stored = sign::LoadReport(folder_);
  if (stored.ok() && *stored == report) {
    return sign::SyncFile((folder_ / sign::kActivationFile).string(), disk_);
  }
  return sign::SaveReport(folder_, report, disk_);
}

}  // namespace torpor::agent
