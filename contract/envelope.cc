#include "contract/envelope.h"

#include <algorithm>

namespace torpor::contract {
namespace {

using enum Status;

// Protobuf keys (number << 3 | 2: bytes of a length) of DSSE's Envelope and Signature.
constexpr std::uint8_t kPayloadKey = 0x0A, kTypeKey = 0x12, kSignatureKey = 0x1A;
constexpr std::uint8_t kSigKey = 0x0A, kKeyIdKey = 0x12;
constexpr std::uint8_t kSigBytes = 64, kKeyIdBytes = 16;
constexpr std::uint8_t kSignatureBytes = 2 + kSigBytes + 2 + kKeyIdBytes;
static_assert(kSignatureBytes == 0x54);

bool IsHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Parser {
 public:
  explicit Parser(std::span<const std::byte> bytes) : reader_(bytes) {}

  void Expect(std::uint8_t byte) {
    const auto found = reader_.Read<std::uint8_t>();
    Check(reader_.ok(), kBundleTruncated);
    Check(found == byte, kEnvelopeMalformed);
  }
  // One or two bytes, shortest form: nothing in an envelope is longer than 2^14.
  std::size_t Length() {
    const auto low = reader_.Read<std::uint8_t>();
    if (low < 0x80) {
      Check(reader_.ok(), kBundleTruncated);
      return low;
    }
    const auto high = reader_.Read<std::uint8_t>();
    Check(reader_.ok(), kBundleTruncated);
    Check(high != 0 && high < 0x80, kEnvelopeMalformed);
    return (low & 0x7FU) | static_cast<std::size_t>(high) << 7;
  }
  std::span<const std::byte> Take(std::size_t length) {
    Check(length <= reader_.rest().size(), kBundleTruncated);
    return status_ == kOk ? reader_.Take(length) : std::span<const std::byte>{};
  }
  void Check(bool good, Status why) {
    if (!good && status_ == kOk) status_ = why;
  }
  [[nodiscard]] std::span<const std::byte> rest() const { return reader_.rest(); }
  [[nodiscard]] Status status() const { return status_; }

 private:
  ByteReader reader_;
  Status status_ = kOk;
};

struct Head {
  std::span<const std::byte> payload;
  std::string_view type;
};

Head ReadHead(Parser& parser) {
  Head head;
  parser.Expect(kPayloadKey);
  head.payload = parser.Take(parser.Length());
  parser.Check(!head.payload.empty() && head.payload.size() <= kMaxPayloadBytes,
               kEnvelopeMalformed);
  parser.Expect(kTypeKey);
  head.type = AsText(parser.Take(parser.Length()));
  parser.Check(!head.type.empty() && head.type.size() <= kMaxPayloadTypeBytes,
               kEnvelopeMalformed);
  return head;
}

DocumentSignature ReadSignature(Parser& parser) {
  DocumentSignature signature;
  parser.Expect(kSignatureKey);
  parser.Expect(kSignatureBytes);
  parser.Expect(kSigKey);
  parser.Expect(kSigBytes);
  signature.bytes = parser.Take(kSigBytes);
  parser.Expect(kKeyIdKey);
  parser.Expect(kKeyIdBytes);
  signature.key_id = AsText(parser.Take(kKeyIdBytes));
  parser.Check(IsHex(signature.key_id), kEnvelopeMalformed);
  return signature;
}

bool MoreSignatures(const Parser& parser) {
  return !parser.rest().empty() && parser.rest()[0] == std::byte{kSignatureKey};
}

void WriteLength(ByteWriter& writer, std::size_t length) {
  if (length >= 0x80) {
    writer.Write(static_cast<std::uint8_t>((length & 0x7F) | 0x80));
    length >>= 7;
  }
  writer.Write(static_cast<std::uint8_t>(length));
}

void WriteHead(ByteWriter& writer, const Head& head) {
  writer.Write(kPayloadKey);
  WriteLength(writer, head.payload.size());
  writer.Write(head.payload);
  writer.Write(kTypeKey);
  WriteLength(writer, head.type.size());
  writer.Write(AsBytes(head.type));
}

void WriteSignature(ByteWriter& writer, const DocumentSignature& signature) {
  writer.Write(kSignatureKey);
  writer.Write(kSignatureBytes);
  writer.Write(kSigKey);
  writer.Write(kSigBytes);
  writer.Write(signature.bytes);
  writer.Write(kKeyIdKey);
  writer.Write(kKeyIdBytes);
  writer.Write(AsBytes(signature.key_id));
}

Result<std::size_t> Written(const ByteWriter& writer) {
  if (!writer.ok() || writer.size() > kMaxEnvelopeBytes) return kBundleTooLarge;
  return writer.size();
}

void WriteDecimal(ByteWriter& writer, std::size_t number) {
  std::array<char, 20> digits{};
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  writer.Write(AsBytes(std::string_view(digits.data() + at, digits.size() - at)));
}

}  // namespace

Result<Envelope> ParseEnvelope(std::span<const std::byte> bytes) {
  if (bytes.empty()) return kBundleEmpty;
  if (bytes.size() > kMaxEnvelopeBytes) return kBundleTooLarge;
  Parser parser(bytes);
  const Head head = ReadHead(parser);
  const DocumentSignature signature = ReadSignature(parser);
  parser.Check(parser.rest().empty(),
               MoreSignatures(parser) ? kDuplicateSignature : kBundleTrailing);
  if (parser.status() != kOk) return parser.status();
  Envelope envelope{head.payload, head.type, {}, {}};
  std::ranges::copy(signature.bytes, envelope.signature.begin());
  std::ranges::copy(signature.key_id, envelope.key_id.digits.begin());
  return envelope;
}

Result<std::size_t> WriteEnvelope(const Envelope& envelope, std::span<std::byte> out) {
  ByteWriter writer(out);
  WriteHead(writer, {envelope.payload, envelope.payload_type});
  WriteSignature(writer, {envelope.signature, envelope.key_id.view()});
  return Written(writer);
}

Result<Document> ParseDocument(std::span<const std::byte> bytes) {
  if (bytes.empty()) return kBundleEmpty;
  if (bytes.size() > kMaxEnvelopeBytes) return kBundleTooLarge;
  Parser parser(bytes);
  const Head head = ReadHead(parser);
  Document document{head.payload, head.type};
  std::string_view before;
  while (parser.status() == kOk && MoreSignatures(parser)) {
    const DocumentSignature signature = ReadSignature(parser);
    parser.Check(document.signature_count < Document::kMaxSignatures, kBundleTooLarge);
    parser.Check(signature.key_id > before, kDuplicateSignature);
    if (parser.status() != kOk) return parser.status();
    document.signature_slots[document.signature_count++] = signature;
    before = signature.key_id;
  }
  parser.Check(parser.rest().empty(), kBundleTrailing);
  if (parser.status() != kOk) return parser.status();
  return document;
}

Result<std::size_t> WriteDocument(const Document& document, std::span<std::byte> out) {
  ByteWriter writer(out);
  WriteHead(writer, {document.payload, document.payload_type});
  for (const DocumentSignature& signature : document.signatures()) {
    WriteSignature(writer, signature);
  }
  return Written(writer);
}

Result<std::size_t> WritePae(std::string_view payload_type,
                             std::span<const std::byte> payload,
                             std::span<std::byte> out) {
  ByteWriter writer(out);
  writer.Write(AsBytes("DSSEv1 "));
  WriteDecimal(writer, payload_type.size());
  writer.Write(AsBytes(" "));
  writer.Write(AsBytes(payload_type));
  writer.Write(AsBytes(" "));
  WriteDecimal(writer, payload.size());
  writer.Write(AsBytes(" "));
  writer.Write(payload);
  if (!writer.ok()) return kBundleTooLarge;
  return writer.size();
}

}  // namespace torpor::contract
