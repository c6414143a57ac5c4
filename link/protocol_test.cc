// The wire is a public surface: its bytes are kept in link/testdata/messages.txt and its
// tables in docs/link-protocol.md, and neither may drift from the code.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/hex.h"
#include "link/codec.h"
#include "link/firmware_end.h"
#include "link/seal.h"

namespace torpor::link {
namespace {

std::string ReadText(const std::string& name) {
  std::ifstream file(std::string(TORPOR_SOURCE_DIR) + "/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string HexOf(std::span<const std::byte> bytes) {
  std::string text(bytes.size() * 2, ' ');
  WriteHex(bytes, text);
  return text;
}

// Each field gets bytes that no other has.
struct Filler {
  int next = 1;

  template <std::unsigned_integral T>
  void operator()(const char*, T& value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value = static_cast<T>(value << (i == 0 ? 0 : 8));
      value = static_cast<T>(value | static_cast<T>(next++ & 0xFF));
    }
  }
  template <class T>
  requires std::is_enum_v<T>
  void operator()(const char*, T&) {}
  template <std::size_t N>
  void operator()(const char*, std::array<std::byte, N>& bytes) {
    for (auto& byte : bytes) byte = static_cast<std::byte>(next++);
  }
  template <std::size_t kRoom>
  void operator()(const char* name, contract::Text<kRoom>& text) {
    text.Assign(std::string("the value of ") + name);
  }
  template <std::size_t kBytes>
  void operator()(const char*, Reserved<kBytes>&) {}
};

template <class Message>
Message Filled() {
  Message message{};
  Message::Fields(message, []<class T>(const char*, T& field) { field = T{}; });
  Message::Fields(message, Filler{});
  return message;
}

std::string Wire(Type type, std::span<const std::byte> body) {
  std::vector<std::byte> wire(kMaxWire);
  wire.resize(EncodePacket({type, 0x0102, body}, wire));
  return HexOf(wire);
}

template <class Message>
std::string Plain(const char* name, Type type, std::string_view rest = {}) {
  std::array<std::byte, kMaxBody> room{};
  const auto message = Filled<Message>();
  const auto head = EncodeBody(message, room);
  EXPECT_EQ(head.size(), SizeOf<Message>());
  const auto back = DecodeBody<Message>(head);
  EXPECT_TRUE(back.ok() && *back == message) << name;
  std::vector<std::byte> body(head.begin(), head.end());
  const auto more = AsBytes(rest);
  body.insert(body.end(), more.begin(), more.end());
  return std::string(name) + " " + Wire(type, body) + "\n";
}

template <class Message>
std::string Sealed(const char* name, Type type, Role role) {
  std::array<std::byte, kMaxBody> room{};
  PairingKey pairing{};
  pairing.fill(std::byte{0x42});
  const LinkKeys keys = DeriveKeys(pairing);
  auto message = Filled<Message>();
  message.role = role;
  return std::string(name) + " " + Wire(type, EncodeSealed(type, message, keys, room)) +
         "\n";
}

TEST(Protocol, EveryMessageHasTheBytesOfTheGoldenFile) {
  std::string now;
  now += Plain<Hello>("HELLO", Type::kHello);
  now += Sealed<Statement>("STATEMENT", Type::kStatement, Role::kFirmware);
  now += Sealed<Statement>("CONFIRM", Type::kConfirm, Role::kComputer);
  now += Sealed<Refuse>("REFUSE", Type::kRefuse, Role::kComputer);
  now += Plain<Fetch>("FETCH", Type::kFetch);
  now += Plain<BatchHeader>("BATCH", Type::kBatch);
  now += Plain<DataPrefix>("DATA", Type::kData, "samples");
  now += Plain<Ack>("ACK", Type::kAck);
  now += Plain<NothingNew>("NOTHING_NEW", Type::kNothingNew);
  now += Plain<GetBundle>("GET_BUNDLE", Type::kGetBundle);
  now += Plain<BundlePrefix>("BUNDLE", Type::kBundle, "a bundle");
  now += Sealed<Offer>("OFFER", Type::kOffer, Role::kComputer);
  now += Plain<Want>("WANT", Type::kWant);
  now += Plain<PiecePrefix>("PIECE", Type::kPiece, "a bundle");
  now += Sealed<Staged>("STAGED", Type::kStaged, Role::kFirmware);
  now += Sealed<Order>("ACTIVATE", Type::kActivate, Role::kComputer);
  now += Sealed<Order>("KEEP", Type::kKeep, Role::kComputer);
  const std::string golden = "link/testdata/messages.txt";
  if (std::getenv("TORPOR_REGENERATE") != nullptr) {
    std::ofstream(std::string(TORPOR_SOURCE_DIR) + "/" + golden) << now;
  }
  EXPECT_EQ(now, ReadText(golden));
}

// | offset | bytes | field | of every table, by the heading above it.
template <class Message>
std::string TableOf() {
  std::ostringstream table;
  std::size_t at = 0;
  Message message{};
  Message::Fields(message, [&]<class T>(const char* name, const T&) {
    table << "| " << at << " | " << codec::kWidth<T> << " | `" << name << "` |\n";
    at += codec::kWidth<T>;
  });
  return table.str();
}

std::map<std::string, std::string> TablesOfThePage() {
  std::map<std::string, std::string> tables;
  std::istringstream page(ReadText("docs/link-protocol.md"));
  std::string heading;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("### ")) heading = line.substr(4, line.find(' ', 4) - 4);
    if (!line.starts_with("| ") || line.size() < 3 || line[2] < '0' || line[2] > '9') {
      continue;
    }
    std::size_t end = 0;  // the third column's
    for (int bars = 0; bars < 4; ++bars) end = line.find('|', end) + 1;
    tables[heading] += line.substr(0, end) + "\n";
  }
  return tables;
}

TEST(Protocol, ThePagesTablesAreTheCodes) {
  const auto page = TablesOfThePage();
  const std::map<std::string, std::string> code = {
      {"HELLO", TableOf<Hello>()},
      {"STATEMENT", TableOf<Statement>()},
      {"REFUSE", TableOf<Refuse>()},
      {"FETCH", TableOf<Fetch>()},
      {"BATCH", TableOf<BatchHeader>()},
      {"DATA", TableOf<DataPrefix>()},
      {"ACK", TableOf<Ack>()},
      {"NOTHING_NEW", TableOf<NothingNew>()},
      {"GET_BUNDLE", TableOf<GetBundle>()},
      {"BUNDLE", TableOf<BundlePrefix>()},
      {"OFFER", TableOf<Offer>()},
      {"WANT", TableOf<Want>()},
      {"PIECE", TableOf<PiecePrefix>()},
      {"STAGED", TableOf<Staged>()},
      {"ACTIVATE", TableOf<Order>()},
  };
  for (const auto& [name, table] : code) {
    const auto found = page.find(name);
    EXPECT_EQ(found == page.end() ? "" : found->second, table) << name;
  }
  EXPECT_EQ(page.size(), code.size());
}

TEST(Protocol, ThePagesNumbersAreTheCodes) {
  const std::string page = ReadText("docs/link-protocol.md");
  const std::map<std::string, Type> types = {
      {"HELLO", Type::kHello},
      {"STATEMENT", Type::kStatement},
      {"CONFIRM", Type::kConfirm},
      {"REFUSE", Type::kRefuse},
      {"FETCH", Type::kFetch},
      {"BATCH", Type::kBatch},
      {"DATA", Type::kData},
      {"ACK", Type::kAck},
      {"NOTHING_NEW", Type::kNothingNew},
      {"GET_BUNDLE", Type::kGetBundle},
      {"BUNDLE", Type::kBundle},
      {"OFFER", Type::kOffer},
      {"WANT", Type::kWant},
      {"PIECE", Type::kPiece},
      {"STAGED", Type::kStaged},
      {"ACTIVATE", Type::kActivate},
      {"KEEP", Type::kKeep},
  };
  for (const auto& [name, type] : types) {
    const std::string said =
        name + " (type " + std::to_string(static_cast<int>(type)) + ")";
    EXPECT_NE(page.find(said), std::string::npos) << said;
  }
  EXPECT_NE(page.find("at most " + std::to_string(kMaxBody) + " bytes"),
            std::string::npos);
  EXPECT_NE(page.find("at most " + std::to_string(kMaxWire) + " bytes"),
            std::string::npos);
  EXPECT_NE(page.find("window of " + std::to_string(kWindow) + " packets"),
            std::string::npos);
  EXPECT_NE(page.find("acknowledges " + std::to_string(kAckEvery) + " pieces"),
            std::string::npos);
}

TEST(Protocol, ReservedBytesAndUnprintableTextsAreRefused) {
  std::array<std::byte, kMaxBody> room{};
  Refuse refuse;
  refuse.ours.Assign("60000 ms");
  const auto good = EncodeBody(refuse, room);
  ASSERT_TRUE(DecodeBody<Refuse>(good).ok());
  const auto spoilt = [&](std::size_t at, int value) {
    std::vector<std::byte> body(good.begin(), good.end());
    body[at] = static_cast<std::byte>(value);
    return DecodeBody<Refuse>(body).ok();
  };
  EXPECT_FALSE(spoilt(1, 1));         // reserved
  EXPECT_FALSE(spoilt(36, 128));      // longer than its room
  EXPECT_FALSE(spoilt(37, '\n'));     // would break a log line
  EXPECT_FALSE(spoilt(37 + 8, 'x'));  // behind the end
  EXPECT_TRUE(spoilt(37, '7'));
  for (std::size_t size = 0; size < good.size(); ++size) {
    ASSERT_FALSE(DecodeBody<Refuse>(good.first(size)).ok());
  }
}

}  // namespace
}  // namespace torpor::link
