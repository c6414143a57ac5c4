// A trace as a person is sent it: read to its end whatever it holds, every cycle in the
// one form that torpord writes, and exported. Checksums are put right first, which no
// mutation would hit.
#include <algorithm>
#include <vector>

#include "core/bytes.h"
#include "core/crc32.h"
#include "fuzz/target.h"
#include "telemetry/trace_export.h"
#include "telemetry/trace_reader.h"
#include "telemetry/trace_table.h"

namespace {

using namespace torpor;
using namespace torpor::telemetry;

constexpr std::size_t kHeaderSealed = 1020, kSealBytes = 6;

void Reseal(std::span<std::byte> bytes) {
  if (bytes.size() < kTraceBlockBytes) return;
  const auto header = bytes.first(kTraceBlockBytes);
  ByteWriter(header.subspan(kHeaderSealed)).Write(Crc32(header.first(kHeaderSealed)));
  for (std::size_t at = kTracePageBytes; at + kTraceBlockBytes <= bytes.size();
       at += kTraceBlockBytes) {
    const auto block = bytes.subspan(at, kTraceBlockBytes);
    ByteReader in(block);
    (void)in.Read<std::uint32_t>();
    const std::size_t length = in.Read<std::uint16_t>();
    if (length < kSealBytes || length > block.size()) continue;
    ByteWriter(block).Write(Crc32(block.first(length).subspan(4)));
  }
}

void Read(std::span<const std::byte> bytes) {
  auto reader = TraceReader::Of([bytes](std::uint64_t offset, std::span<std::byte> into) {
    if (offset >= bytes.size()) return std::size_t{0};
    const auto there = bytes.subspan(static_cast<std::size_t>(offset));
    const std::size_t count = std::min(there.size(), into.size());
    std::copy_n(there.begin(), count, into.begin());
    return count;
  });
  if (!reader.ok()) return;
  const TraceFindings& found = reader->findings();
  fuzz::Expect(found.whole + found.damaged <= bytes.size() / kTraceBlockBytes + 1,
               "there are no more blocks than bytes");
  const auto perfetto = MakePerfettoExport(reader->robot());
  const auto chrome = MakeChromeExport(reader->robot());
  std::string out;
  std::uint64_t cycles = 0;
  while (const auto cycle = reader->Next()) {
    ++cycles;
    perfetto->Add(*cycle, out);
    chrome->Add(*cycle, out);
    out += TraceTableRow(*cycle) + TraceJsonLine(*cycle);
    for (std::size_t i = 0; i < cycle->steps.size(); ++i) {
      fuzz::Expect(cycle->steps[i].begin <= cycle->steps[i].end &&
                       (i == 0 || cycle->steps[i].begin == cycle->steps[i - 1].end),
                   "steps have no gap");
    }
    out.clear();
  }
  chrome->End(out);
  fuzz::Expect(cycles == found.whole, "what was counted is there");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto given = fuzz::Bytes(data, size);
  Read(given);
  std::vector<std::byte> resealed(given.begin(), given.end());
  Reseal(resealed);
  Read(resealed);
  return 0;
}
