#include "firmware/port/host/provision_flash.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "contract/sign/key_files.h"
#include "contract/sign/keyring_files.h"
#include "contract/verify.h"
#include "core/status_table.h"
#include "firmware/core/flash_layout.h"
#include "firmware/core/provision.h"
#include "firmware/core/record.h"
#include "firmware/port/host/refuse.h"

namespace torpor::firmware::host {
namespace {

simulate::Refusal Why(Status status, const std::string& what) {
  return {status, what + ": " + std::string(Info(status).meaning), "", ""};
}

bool Assign(const std::string& text, contract::Name& name) {
  name.Assign(text);
  return !text.empty() && name.view() == text;
}

// Whether the record's ring has never been written.
bool Erased(FlashFile& flash, const FlashLayout& layout) {
  std::vector<std::byte> ring(std::size_t{kRecordSectors} * layout.sector_bytes);
  return flash.Read(layout.record() * layout.sector_bytes, ring) &&
         std::ranges::all_of(ring, [](std::byte b) { return b == std::byte{0xFF}; });
}

}  // namespace

simulate::Attempt<contract::Version> ProvisionFlash(FlashFile& flash,
                                                    const ProvisionOptions& options) {
  Provision provision;
  std::string culprit = options.keyring.front();
  const auto keyring = contract::sign::ReadKeyring(options.keyring, &culprit);
  if (!keyring.ok()) return Why(keyring.status(), culprit);
  SetKeyring(provision, *keyring);
  if (::getrandom(provision.salt.data(), provision.salt.size(), 0) !=
      static_cast<ssize_t>(provision.salt.size())) {
    return Why(Status::kOs, "random numbers");
  }
  const auto pairing = contract::sign::ReadPairingKey(options.pairing);
  if (!pairing.ok()) return Why(pairing.status(), options.pairing);
  provision.pairing = *pairing;
  const auto bundle = contract::sign::ReadBundle(options.bundle);
  if (!bundle.ok()) return Why(bundle.status(), options.bundle);
  const auto verified = contract::Verify(*bundle, *keyring);
  if (!verified.ok()) return Why(verified.status(), options.bundle);
  provision.bundle = *bundle;

  if (!Assign(options.robot_id, provision.robot)) {
    return Why(Status::kOutOfRange, "--robot-id " + options.robot_id);
  }
  for (const std::string& group : options.groups) {
    if (provision.group_count == kMaxGroups ||
        !Assign(group, provision.group_slots[provision.group_count++])) {
      return Why(Status::kOutOfRange, "--group " + group);
    }
  }

  std::array<std::byte, kProvisionBytes> image{};
  image.fill(std::byte{0xFF});
  const auto size = WriteProvision(provision, image);
  if (!size.ok()) return Why(size.status(), options.bundle);
  constexpr FlashLayout kLayout = LayoutOf({kSectorBytes, kSectors, kGranuleBytes});
  static_assert(kSectors >= kLayout.sectors());
  for (std::uint32_t sector = 0; sector < kLayout.provision_sectors; ++sector) {
    if (!flash.Erase(sector)) return Why(Status::kFlashIo, "flash");
  }
  if (!flash.Program(0, image)) return Why(Status::kFlashIo, "flash");

  RecordStore store;
  store.Open(kLayout.record());
  const auto record = store.Load();
  if (record.status() == Status::kFlashIo) return Why(Status::kFlashIo, "flash");
  if (!record.ok()) {
    if (!Erased(flash, kLayout)) {
      std::fprintf(
          stderr,
          "torpor-firmware: the record could not be read: boot count and version "
          "floor begin anew\n");
    }
    const Status stored = store.Store({});
    if (stored != Status::kOk) return Why(stored, "flash");
  }
  return verified->terms().version;
}

int RunProvisioning(Board& board, const ProvisionOptions& options) {
  const auto version = ProvisionFlash(*board.flash, options);
  if (!version.ok()) return Refuse(version.refusal());
  std::printf("provisioned: robot %s, contract epoch %u version %llu\n",
              options.robot_id.c_str(), version->epoch,
              static_cast<unsigned long long>(version->number));
  return 0;
}

}  // namespace torpor::firmware::host
