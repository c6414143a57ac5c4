// Prints bundles that are correctly signed over payloads nobody would write, one "hex
// reason" a line, the reason being our verifier's: for another verifier to disagree with.
//
// usage: contract_mutants COUNT
#include <cstdio>
#include <cstdlib>
#include <random>

#include "contract/test_corpus.h"
#include "contract/verify.h"

namespace torpor::contract {
namespace {

std::uint64_t Near(std::uint64_t value, std::mt19937_64& random) {
  switch (random() % 6) {
    case 0:
      return value + 1;
    case 1:
      return value - 1;
    case 2:
      return value * 2;
    case 3:
      return value / 2;
    case 4:
      return random() % 1000;
    default:
      return random() >> (random() % 64);
  }
}

std::uint64_t NumberOf(const Record& record) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < record.value.size(); ++i)
    value |= (std::to_integer<std::uint64_t>(record.value[i]) & 0x7F) << (7 * i);
  return value;
}

// A payload of records that are changed, left out, doubled or swapped, or whose bytes
// are.
Bytes Mutant(std::mt19937_64& random) {
  std::vector<Record> records = random() % 3 == 0
                                    ? Split(PayloadOf(CalibratedTerms(1 + random() % 2)))
                                    : GoodRecords();
  for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
    const std::size_t at = random() % records.size();
    switch (random() % 8) {
      case 0:
        records.erase(records.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        records.push_back(records[at]);
        break;
      case 2:
        std::swap(records[at], records[random() % records.size()]);
        break;
      default:
        if (records[at].type == 0)
          records[at] =
              NumberRecord(records[at].number, Near(NumberOf(records[at]), random));
        else if (!records[at].value.empty())
          records[at].value[random() % records[at].value.size()] =
              static_cast<std::byte>(random() % 3 == 0 ? random() : 'a' + random() % 26);
    }
    if (records.empty()) records = GoodRecords();
  }
  Bytes payload = Join(records);
  if (random() % 4 == 0)
    payload[random() % payload.size()] = static_cast<std::byte>(random());
  if (payload.size() > kMaxPayloadBytes) payload.resize(kMaxPayloadBytes);
  return payload;
}

}  // namespace
}  // namespace torpor::contract

int main(int argc, char** argv) {
  using namespace torpor;
  if (argc != 2) return 64;
  std::mt19937_64 random(1);
  const auto key = contract::CorpusKey();
  contract::Keyring keyring;
  if (keyring.Add(key.public_key()) != Status::kOk) return 70;
  for (int i = std::atoi(argv[1]); i > 0; --i) {
    const auto bundle = contract::sign::SignPayload(contract::Mutant(random), key,
                                                    contract::kPayloadType);
    std::string hex(2 * bundle.size(), '0');
    WriteHex(bundle, hex);
    std::printf("%s %d\n", hex.c_str(),
                static_cast<int>(contract::Verify(bundle, keyring).status()));
  }
  return 0;
}
