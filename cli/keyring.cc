// torpor keyring: which keys a fleet trusts, as documents that several people sign.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/contract_commands.h"
#include "cli/say.h"
#include "contract/envelope.h"
#include "contract/keyring_document.h"
#include "contract/sign/durable.h"
#include "contract/sign/files.h"
#include "contract/sign/key_files.h"
#include "contract/sign/keyring_files.h"
#include "contract/sign/keyring_sign.h"
#include "contract/sign/source.h"
#include "core/json_hosted.h"
#include "core/status_table.h"

namespace torpor::cli {
namespace {

namespace sign = contract::sign;
using contract::Keyring;
using contract::PublicKey;

struct Options {
  std::string file, previous, out, key, fleet;
  std::vector<std::string> keys, roots, drop;
  std::uint32_t threshold = 0;
  bool json = false;
};

std::string IdText(const PublicKey& key) {
  return std::string(contract::KeyIdOf(key).view());
}

// Adds the keys of .pub files; false when one is refused.
bool AddKeys(const std::vector<std::string>& files, Keyring& keyring,
             Status (Keyring::*add)(const PublicKey&, Keyring::Screening),
             Outcome& outcome) {
  for (const std::string& file : files) {
    if (!file.ends_with(".pub")) {
      Refuse(outcome, Status::kKeyMalformed, file + " is no .pub file");
      return false;
    }
    const auto list = sign::ReadKeyring({file});
    if (!list.ok()) {
      Refuse(outcome, list.status(), file);
      return false;
    }
    for (const contract::TrustedKey& key : list->keys()) {
      const Status added = (keyring.*add)(key.key, Keyring::Screening::kNeeded);
      if (added != Status::kOk) {
        Refuse(outcome, added, file);
        return false;
      }
    }
  }
  return true;
}

void WriteDraft(const Keyring& keyring, const Options& options, Outcome& outcome) {
  const auto draft = sign::DraftKeyring(keyring);
  if (!draft.ok()) return Refuse(outcome, draft.status(), options.out);
  const Status written = sign::WriteNewFile(options.out, *draft);
  if (written != Status::kOk) return Refuse(outcome, written, options.out);
  std::printf("wrote %s: version %u, unsigned; %u of %zu roots must sign it\n",
              options.out.c_str(), keyring.lineage.version, keyring.lineage.threshold,
              keyring.roots().size());
}

void New(const Options& options, Outcome& outcome) {
  Keyring keyring;
  keyring.lineage.fleet.Assign(options.fleet);
  if (keyring.lineage.fleet.view() != options.fleet) {
    return Refuse(outcome, Status::kFieldTooLong, "--fleet " + options.fleet);
  }
  keyring.lineage.issued_at_s = Now();
  if (!AddKeys(options.roots, keyring, &Keyring::AddRoot, outcome)) return;
  if (!AddKeys(options.keys, keyring, &Keyring::Add, outcome)) return;
  const std::size_t roots = keyring.roots().size();
  keyring.lineage.threshold = options.threshold != 0
                                  ? options.threshold
                                  : static_cast<std::uint32_t>(roots / 2 + 1);
  WriteDraft(keyring, options, outcome);
}

// The keys to drop, by id or by file; false when one of them is not in the keyring.
bool IdsToDrop(const Options& options, const Keyring& from, std::vector<std::string>& ids,
               Outcome& outcome) {
  for (const std::string& word : options.drop) {
    std::vector<std::string> named{word};
    if (word.ends_with(".pub")) {
      const auto list = sign::ReadKeyring({word});
      if (!list.ok()) {
        Refuse(outcome, list.status(), word);
        return false;
      }
      named.clear();
      for (const contract::TrustedKey& key : list->keys()) {
        named.emplace_back(key.id.view());
      }
    }
    for (const std::string& id : named) {
      const bool held =
          std::ranges::any_of(from.roots(),
                              [&](const auto& root) { return IdText(root) == id; }) ||
          std::ranges::any_of(from.keys(),
                              [&](const auto& key) { return key.id.view() == id; });
      if (!held) {
        Refuse(outcome, Status::kUnknownKey, "--drop " + word);
        return false;
      }
      ids.push_back(id);
    }
  }
  return true;
}

void NextOf(const Options& options, Outcome& outcome) {
  const auto held = sign::ReadKeyring({options.file});
  if (!held.ok()) return Refuse(outcome, held.status(), options.file);
  if (held->lineage.threshold == 0) {
    return Refuse(outcome, Status::kKeyringFixed, options.file);
  }
  std::vector<std::string> dropped;
  if (!IdsToDrop(options, *held, dropped, outcome)) return;
  const auto stays = [&](const PublicKey& key) {
    return std::ranges::find(dropped, IdText(key)) == dropped.end();
  };
  Keyring next;
  next.lineage = held->lineage;
  ++next.lineage.version;
  next.lineage.issued_at_s = Now();
  if (options.threshold != 0) next.lineage.threshold = options.threshold;
  Status kept = Status::kOk;
  for (const PublicKey& root : held->roots()) {
    if (stays(root) && kept == Status::kOk) kept = next.AddRoot(root);
  }
  for (const contract::TrustedKey& key : held->keys()) {
    if (stays(key.key) && kept == Status::kOk) kept = next.Add(key.key);
  }
  if (kept != Status::kOk) return Refuse(outcome, kept, options.file);
  if (!AddKeys(options.roots, next, &Keyring::AddRoot, outcome)) return;
  if (!AddKeys(options.keys, next, &Keyring::Add, outcome)) return;
  WriteDraft(next, options, outcome);
}

void SignOne(const Options& options, Outcome& outcome) {
  const auto document = sign::ReadKeyringDocument(options.file);
  if (!document.ok()) return Refuse(outcome, document.status(), options.file);
  const auto root = sign::ReadPrivateKey(options.key);
  if (!root.ok()) return Refuse(outcome, root.status(), options.key);
  const auto with = sign::SignKeyring(*document, *root);
  if (!with.ok()) return Refuse(outcome, with.status(), options.file);
  const Status written = sign::ReplaceFile(options.file, *with);
  if (written != Status::kOk) return Refuse(outcome, written, options.file);
  const auto parsed = contract::ParseDocument(*with);
  Keyring keyring;
  const bool its_own =
      contract::ReadUnverifiedKeyring(parsed->payload, keyring) == Status::kOk &&
      std::ranges::find(keyring.roots(), root->public_key()) != keyring.roots().end();
  std::printf("%s: signed by %s, %s; signatures: %zu\n", options.file.c_str(),
              IdText(root->public_key()).c_str(),
              its_own ? "one of its roots"
                      : "no root of it, which counts only as one of the keyring before",
              parsed->signature_count);
}

// ---- What a document says, and who stands behind it

struct Signer {
  std::string id;
  bool old_root = false, new_root = false, has_signed = false;
};

struct Shown {
  Keyring keyring;
  std::vector<Signer> signers;  // each root of either keyring
  Status verdict = Status::kOk;
};

std::vector<Signer> SignersOf(const contract::Document& document, const Keyring& keyring,
                              const Keyring* previous) {
  std::vector<Signer> signers;
  const auto add = [&](const PublicKey& root) -> Signer& {
    const std::string id = IdText(root);
    const auto known = std::ranges::find(signers, id, &Signer::id);
    if (known != signers.end()) return *known;
    return signers.emplace_back(Signer{id});
  };
  if (previous != nullptr) {
    for (const PublicKey& root : previous->roots()) add(root).old_root = true;
  }
  for (const PublicKey& root : keyring.roots()) add(root).new_root = true;
  for (Signer& signer : signers) {
    signer.has_signed = std::ranges::any_of(
        document.signatures(),
        [&](const auto& signature) { return signature.key_id == signer.id; });
  }
  return signers;
}

void PrintShown(const Shown& shown, bool with_previous) {
  const Keyring::Lineage& lineage = shown.keyring.lineage;
  std::printf("keyring %u of %s, issued %s\n", lineage.version,
              std::string(lineage.fleet.view()).c_str(),
              sign::FormatDate(lineage.issued_at_s).c_str());
  for (const contract::TrustedKey& key : shown.keyring.keys()) {
    std::printf("  %s  signs contracts\n", std::string(key.id.view()).c_str());
  }
  for (const Signer& signer : shown.signers) {
    const char* const role = !with_previous     ? "root"
                             : !signer.new_root ? "root until now"
                             : !signer.old_root ? "root from now on"
                                                : "root";
    std::printf("  %s  %s, %s\n", signer.id.c_str(), role,
                signer.has_signed ? "has signed" : "has not signed");
  }
  std::printf("  %u roots must sign\n", lineage.threshold);
}

nlohmann::ordered_json JsonOf(const Shown& shown) {
  const Keyring::Lineage& lineage = shown.keyring.lineage;
  nlohmann::ordered_json keys = nlohmann::ordered_json::array(), roots = keys;
  for (const contract::TrustedKey& key : shown.keyring.keys()) {
    keys.push_back(key.id.view());
  }
  for (const Signer& signer : shown.signers) {
    roots.push_back({{"id", signer.id},
                     {"until_now", signer.old_root},
                     {"from_now_on", signer.new_root},
                     {"signed", signer.has_signed}});
  }
  return {{"fleet", lineage.fleet.view()},
          {"version", lineage.version},
          {"issued_at_s", lineage.issued_at_s},
          {"threshold", lineage.threshold},
          {"keys", keys},
          {"roots", roots},
          {"reason", static_cast<int>(shown.verdict)},
          {"name", Info(shown.verdict).name}};
}

void Show(const Options& options, Outcome& outcome) {
  const auto bytes = sign::ReadKeyringDocument(options.file);
  if (!bytes.ok()) return Refuse(outcome, bytes.status(), options.file);
  const auto document = contract::ParseDocument(*bytes);
  if (!document.ok()) return Refuse(outcome, document.status(), options.file);
  if (document->payload_type != contract::kKeyringType) {
    return Refuse(outcome, Status::kWrongPayloadType, options.file);
  }
  Shown shown;
  const Status read = contract::ReadUnverifiedKeyring(document->payload, shown.keyring);
  if (read != Status::kOk) return Refuse(outcome, read, options.file);
  Keyring verified;
  if (options.previous.empty()) {
    shown.signers = SignersOf(*document, shown.keyring, nullptr);
    shown.verdict = contract::OpenKeyring(*bytes, verified);
  } else {
    const auto previous = sign::ReadKeyring({options.previous});
    if (!previous.ok()) return Refuse(outcome, previous.status(), options.previous);
    shown.signers = SignersOf(*document, shown.keyring, &*previous);
    shown.verdict = contract::FollowKeyring(*bytes, *previous, verified);
  }
  if (options.json) {
    PrintJson(JsonOf(shown));
    outcome.exit_code = Info(shown.verdict).exit_code;
    return;
  }
  PrintShown(shown, !options.previous.empty());
  if (shown.verdict != Status::kOk) return Refuse(outcome, shown.verdict, options.file);
  std::puts(options.previous.empty()
                ? "  its own roots stand behind it"
                : "  robots that hold the previous one will take it");
}

Command Sub(const Command& group, const char* name, const char* what,
            const std::shared_ptr<Options>& options, Outcome& outcome,
            void (*act)(const Options&, Outcome&)) {
  const Command sub = group.Add(name, what);
  sub.Run([options, act, &outcome] { act(*options, outcome); });
  return sub;
}

}  // namespace

void AddKeyring(const Command& app, Outcome& outcome) {
  auto o = std::make_shared<Options>();
  const Command group =
      app.Add("keyring", "Which keys a fleet trusts, and how they change");
  group.NeedsSubcommand();
  group.Footer(
      "A keyring is signed by its roots, which sign nothing else and are best kept by\n"
      "different people; robots take the next one when enough old and new roots have\n"
      "signed it. docs/keyring-format.md\nExamples:\n"
      "  torpor keyring new --fleet site-7 --root ann.pub --root ben.pub --root cho.pub "
      "\\\n"
      "      --key fleet-2026.pub -o site-7-1.keyring\n"
      "  torpor keyring sign site-7-1.keyring --key ann.key\n"
      "  torpor keyring next site-7-1.keyring --key fleet-2027.pub -o site-7-2.keyring\n"
      "  torpor keyring show site-7-2.keyring --prev site-7-1.keyring");

  const Command fresh =
      Sub(group, "new", "Draft a fleet's first keyring", o, outcome, New);
  fresh.Value("--fleet", o->fleet, "Fleet, [a-z0-9-]").Required();
  fresh.Value("--root", o->roots, "Public key of a root; up to three").Required();
  fresh.Value("--key", o->keys, "Public key that signs contracts; up to four").Required();
  fresh.Value("--threshold", o->threshold, "Roots that must sign; more than half");
  fresh.Value("-o,--output", o->out, "New document").Required();
  fresh.Footer(
      "Example:\n  torpor keyring new --fleet site-7 --root ann.pub --root ben.pub \\\n"
      "      --root cho.pub --key fleet-2026.pub -o site-7-1.keyring");

  const Command next =
      Sub(group, "next", "Draft the keyring that follows another", o, outcome, NextOf);
  next.Value("FILE", o->file, "The keyring that robots hold").Required();
  next.Value("--root", o->roots, "Root to add");
  next.Value("--key", o->keys, "Key of contracts to add");
  next.Value("--drop", o->drop, "Key or root to leave out, by id or .pub file");
  next.Value("--threshold", o->threshold, "Roots that must sign; as before");
  next.Value("-o,--output", o->out, "New document").Required();
  next.Footer(
      "Add a new key first, roll out contracts signed by it, and drop the old one with\n"
      "the keyring after that: robots refuse one that drops the key they live by.\n"
      "Examples:\n"
      "  torpor keyring next site-7-1.keyring --key fleet-2027.pub -o site-7-2.keyring\n"
      "  torpor keyring next site-7-2.keyring --drop fleet-2026.pub -o site-7-3.keyring");

  const Command sign =
      Sub(group, "sign", "Add a root's signature to a document", o, outcome, SignOne);
  sign.Value("FILE", o->file, "Keyring document, changed in place").Required();
  sign.Value("-k,--key", o->key, "Private key of the root").Required();
  sign.Footer("Example:\n  torpor keyring sign site-7-2.keyring --key ann.key");

  const Command show =
      Sub(group, "show", "What a document says, and who has signed it", o, outcome, Show);
  show.Value("FILE", o->file, "Keyring document").Required();
  show.Value("--prev", o->previous, "What robots hold now: would they take it?");
  show.Flag("--json", o->json, "For programs");
  show.Footer(
      "Exits with 0 when it is good.\n"
      "Example:\n  torpor keyring show site-7-2.keyring --prev site-7-1.keyring");
}

}  // namespace torpor::cli
