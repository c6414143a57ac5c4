#include "firmware/core/contract_keeper.h"

#include <algorithm>
#include <string_view>

#include "contract/accept.h"
#include "contract/digest.h"
#include "contract/fields.h"
#include "contract/keyring_document.h"
#include "contract/payload.h"
#include "firmware/core/bundle_slots.h"
#include "firmware/core/flash_layout.h"
#include "firmware/core/port.h"

namespace torpor::firmware {
namespace {

constexpr std::uint16_t Number(Status status) {
  return static_cast<std::uint16_t>(status);
}

// The first field that may not change while firmware and computer talk; 0: none.
std::uint16_t FixedFieldThatDiffers(const contract::Terms& now,
                                    const contract::Terms& next) {
  if (next.fleet.view() != now.fleet.view()) return contract::kFleetField;
  if (next.link_baud != now.link_baud) return contract::kLinkBaudField;
  return 0;
}

}  // namespace

// ---- Boot

Status ContractKeeper::OpenFlash() {
  const port::FlashGeometry flash = port::Flash();
  if (flash.sector_bytes == 0 || flash.sectors < LayoutOf(flash).sectors()) {
    return Status::kFlashIo;
  }
  store_.Open(LayoutOf(flash).record());
  const auto record = store_.Load();
  if (!record.ok()) return record.status();
  record_ = *record;
  return Status::kOk;
}

Status ContractKeeper::Store(const Record& changed) {
  const Status stored = store_.Store(changed);
  if (stored == Status::kOk) record_ = changed;
  return stored;
}

// Not inlined: what it reads into is gone when a bundle is judged.
[[gnu::noinline]] Status ContractKeeper::ReadProvisioned(Provision& provision) {
  if (!port::FlashRead(0, room_)) return Status::kFlashIo;
  const auto read = ReadProvision(room_);
  if (!read.ok()) return read.status();
  provision = *read;
  robot_ = provision.robot;
  group_slots_ = provision.group_slots;
  group_count_ = provision.group_count;
  salt_ = provision.salt;
  return Status::kOk;
}

Status ContractKeeper::TakeKeys(const Provision& provision) {
  const bool anew = record_.pairing != link::PairingKey{};
  pairing_ = anew ? record_.pairing : provision.pairing.value_or(link::PairingKey{});
  if (!anew && !provision.pairing) return Status::kPairingMissing;
  if (record_.keyring.place == 0) return KeyringOf(provision, keyring_);
  // Behind the provision's image, which is still needed.
  static_assert(kMaxImageBytes + contract::kMaxKeyringBytes <= kProvisionBytes);
  const auto document =
      ReadSlot(record_.keyring.place, std::span(room_).last(contract::kMaxKeyringBytes));
  if (!document.ok()) return document.status();
  const bool ours =
      contract::ReopenKeyring(*document, record_.keyring.id, keyring_) == Status::kOk;
  return ours ? Status::kOk : Status::kFlashMalformed;
}

// Not inlined: the stack that it needs is free again when a bundle is verified.
[[gnu::noinline]] ContractKeeper::Stock ContractKeeper::TakeStock() {
  Stock stock;
  stock.status = OpenFlash();
  if (stock.status != Status::kOk) return stock;
  Record next = record_;
  ++next.boot_count;  // first and whatever follows: nonces are made from it

  Provision provision;
  stock.status = ReadProvisioned(provision);
  stock.provisioned = contract::DigestOf(provision.image);
  stock.anew = stock.status == Status::kOk && stock.provisioned != record_.provisioned;
  if (stock.anew) {
    record_.keyring = {};  // in memory: flash forgets once the provision is founded on
    record_.pairing = {};
  }
  if (stock.status == Status::kOk) stock.status = TakeKeys(provision);
  bundle_ = provision.bundle;
  if (stock.status == Status::kOk && !stock.anew) (void)Advance(next);
  const Status stored = Store(next);
  if (stock.status == Status::kOk) stock.status = stored;
  return stock;
}

link::Refusal ContractKeeper::Boot() {
  const Stock stock = TakeStock();
  if (stock.status != Status::kOk) return link::Refused(stock.status);
  link::Refusal refusal;
  if (stock.anew) {
    // A robot that was provisioned since: what it was given decides.
    refusal = Judge(bundle_, contract_);
    if (refusal.reason != 0) return refusal;
    Record next = record_;
    next.keyring = {};
    next.pairing = {};
    Found(next, stock.provisioned, {0, contract_->id(), contract_->terms().lease_cycles});
    const Status stored = Store(next);
    if (stored != Status::kOk) return link::Refused(stored);
  }
  refusal = Load();
  if (refusal.reason == 0 || record_.phase != link::Phase::kTrial) return refusal;
  return GoBack(refusal.reason).refusal;
}

link::Refusal ContractKeeper::Judge(std::span<const std::byte> bundle,
                                    std::optional<contract::VerifiedTerms>& verified) {
  contract::Finding why;
  const Status good = contract::Verify(bundle, keyring_, verified, &why);
  if (good != Status::kOk) {
    return link::Refused(good, why.field != 0 ? contract::FieldName(why.field) : "");
  }
  std::array<std::string_view, kMaxGroups> groups{};
  for (std::size_t i = 0; i < group_count_; ++i) groups[i] = group_slots_[i].view();
  const contract::RobotIdentity robot{robot_.view(),
                                      std::span(groups).first(group_count_)};
  // No clock that knows the date: only that it is later than the signing.
  const contract::TimeKnowledge time{verified->terms().issued_at_s, false};
  const Status accepted = contract::Accept(*verified, robot, record_.floor, time);
  if (accepted == Status::kOk) return {};
  verified.reset();
  return link::Refused(accepted);
}

// Into the front of the room. Not inlined, as TakeStock().
[[gnu::noinline]] Status ContractKeeper::BringProvisionedBundle() {
  Provision provision;
  const Status read = ReadProvisioned(provision);
  if (read != Status::kOk) return read;
  std::ranges::copy(provision.bundle, room_.begin());
  bundle_ = std::span(room_).first(provision.bundle.size());
  return Status::kOk;
}

link::Refusal ContractKeeper::Load() {
  contract_.reset();
  const Kept& active = record_.active;
  if (active.place == 0) {
    const Status read = BringProvisionedBundle();
    if (read != Status::kOk) return link::Refused(read);
  } else {
    const auto read =
        ReadSlot(active.place, std::span(room_).first(contract::kMaxEnvelopeBytes));
    if (!read.ok()) return link::Refused(read.status());
    bundle_ = *read;
  }
  const link::Refusal refusal = Judge(bundle_, contract_);
  if (refusal.reason != 0) return refusal;
  if (contract_->id() != active.id) {
    contract_.reset();
    return link::Refused(Status::kFlashMalformed);
  }
  return active.lease_left == 0 ? link::Refused(Status::kLeaseOver) : link::Refusal{};
}

// ---- Taking another one in

std::uint16_t ContractKeeper::Stage(std::span<const std::byte> offered) {
  const link::Refusal refusal = Judge(offered, offered_);
  if (refusal.reason != 0) return refusal.reason;
  const contract::Terms& terms = offered_->terms();
  const Status may = MayStage(record_, offered_->id(), terms.version);
  if (may != Status::kOk) return Number(may);
  const std::uint16_t fixed = FixedFieldThatDiffers(contract_->terms(), terms);
  if (fixed != 0) return static_cast<std::uint16_t>(contract::kDisagreementBase + fixed);

  Record next = record_;
  Unstage(next);
  if (!record_.staged.empty()) {
    const Status stored = Store(next);
    if (stored != Status::kOk) return Number(stored);
  }
  const std::uint32_t place = FreePlace(next);
  const Status written = WriteSlot(place, offered);
  if (written != Status::kOk) return Number(written);
  firmware::Stage(next, {place, offered_->id(), terms.lease_cycles}, terms.trial_cycles);
  return Number(Store(next));
}

std::uint16_t ContractKeeper::TakeKeyring(std::span<const std::byte> document) {
  if (record_.phase != link::Phase::kSteady) return Number(Status::kTakeOverUnderWay);
  contract::Keyring next;
  const Status follows = contract::FollowKeyring(document, keyring_, next);
  if (follows != Status::kOk) return Number(follows);
  if (!next.Trusts(contract_->key_id())) return Number(Status::kSignerDropped);

  Record changed = record_;
  Unstage(changed);
  changed.keyring = {record_.keyring.place == 3 ? 4U : 3U, contract::DigestOf(document)};
  Status stored = WriteSlot(changed.keyring.place, document);
  if (stored != Status::kOk) return Number(stored);
  stored = Store(changed);
  if (stored != Status::kOk) {
    // Flash may name the slot all the same: then it is in force, and not to be
    // overwritten.
    const auto held = store_.Load();
    if (!held.ok() || held->keyring != changed.keyring) return Number(stored);
    record_ = *held;
  }
  keyring_ = next;
  return Number(Status::kOk);
}

std::uint16_t ContractKeeper::PairAnew(const link::PairingKey& pairing) {
  if (pairing == link::PairingKey{}) return Number(Status::kKeyMalformed);
  Record changed = record_;
  changed.pairing = pairing;
  const Status stored = Store(changed);
  if (stored == Status::kOk) pairing_ = pairing;
  return Number(stored);
}

bool ContractKeeper::Activate(const Digest& id) {
  Record next = record_;
  return firmware::Activate(next, id) && Store(next) == Status::kOk;
}

bool ContractKeeper::Keep(const Digest& id) {
  Record next = record_;
  return firmware::Keep(next, id, contract::Raised(record_.floor, *contract_)) &&
         Store(next) == Status::kOk;
}

Status ContractKeeper::RaiseFloor() {
  if (record_.phase == link::Phase::kTrial) return Status::kOk;
  Record next = record_;
  next.floor = contract::Raised(record_.floor, *contract_);
  return next.floor == record_.floor ? Status::kOk : Store(next);
}

// ---- Moving between the two

ContractKeeper::Turn ContractKeeper::BeginPeriod() {
  const link::Phase phase = record_.phase;
  Record next = record_;
  Turn turn;
  turn.moved = Advance(next);
  // A lease that merely runs down is stored now and then: a boot costs one period of it,
  // and gives back at most as many as are counted between two stores.
  const std::uint32_t stored_every = has_contract() ? contract_->terms().scrub_cycles : 1;
  const bool only_counted = phase == link::Phase::kSteady &&
                            next.active.lease_left != 0 &&
                            next.active.lease_left % stored_every != 0;
  if (only_counted) {
    record_ = next;
    return turn;
  }
  if (Store(next) != Status::kOk) {
    turn.moved = Moved::kNo;  // it will be tried again when the next period begins
    if (phase == link::Phase::kSteady) record_ = next;
  }
  if (record_.active.lease_left == 0) turn.refusal = link::Refused(Status::kLeaseOver);
  if (turn.moved == Moved::kNo) return turn;
  turn.refusal = Load();
  return turn.refusal.reason == 0 || turn.moved == Moved::kBack
             ? turn
             : GoBack(turn.refusal.reason);
}

ContractKeeper::Turn ContractKeeper::GoBack(std::uint16_t reason) {
  Record next = record_;
  Turn turn;
  if (!firmware::GoBack(next, reason)) {
    turn.refusal.reason = reason;
    return turn;
  }
  const Status stored = Store(next);
  if (stored != Status::kOk) {
    turn.refusal = link::Refused(stored);
    return turn;
  }
  turn.moved = Moved::kBack;
  turn.refusal = Load();
  return turn;
}

bool ContractKeeper::Intact() const { return contract::StillSigned(*contract_); }

link::Refusal ContractKeeper::Reload() { return Load(); }

}  // namespace torpor::firmware
