#include "agent/key_hand_over.h"

#include <string>
#include <utility>

#include "contract/digest.h"
#include "core/status_table.h"
#include "link/refusal.h"

namespace torpor::agent {
namespace {

contract::sign::RefusedKey Refused(std::uint32_t version, Status reason) {
  return {version, reason,
          std::string(Info(reason).meaning) + "; " + std::string(Info(reason).advice)};
}

}  // namespace

KeyHandOver::KeyHandOver(const Obeyed& obeyed, Doings doings)
    : obeyed_(obeyed), doings_(std::move(doings)) {
  report_.keyring = obeyed.keyring.lineage.version;
  if (obeyed.keyrings.newest().lineage.version > report_.keyring) {
    report_.refused = Refused(report_.keyring + 1, Status::kSignerDropped);
  }
}

void KeyHandOver::OnAgreed(const link::Statement& firmware, bool paired_anew) {
  agreed_ = true;
  steady_ = firmware.phase == link::Phase::kSteady;
  report_.firmware = firmware.keyring_version;
  if (paired_anew && !paired_anew_) {
    paired_anew_ = true;
    doings_.promote_pairing();
  }
  report_.pairing_changes = obeyed_.pairing.next && !paired_anew_ && !pairing_refused_;
  Say();
}

std::optional<link::Offering> KeyHandOver::ToOffer() {
  if (!agreed_) return std::nullopt;
  const std::uint32_t next = report_.firmware + 1;
  const auto& keyrings = obeyed_.keyrings;
  for (std::size_t i = 0; steady_ && i < keyrings.documents.size(); ++i) {
    const std::uint32_t version = keyrings.keyrings[i].lineage.version;
    if (version != next || version > report_.keyring || version == refused_keyring_) {
      continue;
    }
    return link::Offering{link::Cargo::kKeyring, keyrings.documents[i],
                          contract::DigestOf(keyrings.documents[i])};
  }
  if (report_.pairing_changes) {
    return link::Offering{link::Cargo::kPairing, *obeyed_.pairing.next,
                          contract::DigestOf(*obeyed_.pairing.next)};
  }
  return std::nullopt;
}

bool KeyHandOver::OnStaged(const link::Offering& offered, std::uint16_t why_not) {
  const auto why = static_cast<Status>(why_not);
  const bool keyring = offered.cargo == link::Cargo::kKeyring;
  if (why == Status::kOk && keyring) ++report_.firmware;
  if (why != Status::kOk && !link::Passes(why_not)) {
    const std::uint32_t version = keyring ? report_.firmware + 1 : 0;
    report_.refused = Refused(version, why);
    if (keyring) refused_keyring_ = version;
    if (!keyring) pairing_refused_ = true;
    if (!keyring) report_.pairing_changes = false;
  }
  Say();
  // A new pairing key ends the agreement; one that was not heard may need new nonces.
  return !keyring || why == Status::kLinkTimeout;
}

void KeyHandOver::Say() {
  if (said_ == report_) return;
  said_ = report_;
  doings_.report(report_);
}

}  // namespace torpor::agent
