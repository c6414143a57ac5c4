#include "detect/speed_bins.h"

#include <algorithm>
#include <utility>

namespace torpor::detect {
namespace {

bool BelongTogether(std::uint32_t a, std::uint32_t b) {
  if (!signal::SpeedIsKnown(a) || !signal::SpeedIsKnown(b)) return a == b;
  return signal::SameSpeed(a, b);
}

}  // namespace

const Intake* SpeedBins::Find(std::uint32_t millirpm) const {
  const auto bin = std::ranges::find_if(
      bins_, [&](const Bin& b) { return BelongTogether(b.millirpm, millirpm); });
  return bin == bins_.end() ? nullptr : &bin->intake;
}

Intake* SpeedBins::Find(std::uint32_t millirpm) {
  return const_cast<Intake*>(std::as_const(*this).Find(millirpm));  // NOLINT
}

Status SpeedBins::Take(const model::Output& output, std::uint32_t millirpm) {
  if (Intake* known = Find(millirpm)) return known->Take(output);
  Bin fresh{millirpm, Intake(*baseline_)};
  const Status took = fresh.intake.Take(output);
  if (fresh.intake.own().seen() == 0) return took;  // nothing was learned: no bin begins
  if (bins_.size() == kMaxSpeedBins) return Status::kSpeedUnfamiliar;
  bins_.push_back(std::move(fresh));
  return took;
}

std::size_t SpeedBins::SavedBytes() const {
  std::size_t bytes = 4;
  for (const Bin& bin : bins_) bytes += 4 + bin.intake.SavedBytes();
  return bytes;
}

void SpeedBins::Save(ByteWriter& out) const {
  out.Write(static_cast<std::uint32_t>(bins_.size()));
  for (const Bin& bin : bins_) {
    out.Write(bin.millirpm);
    bin.intake.Save(out);
  }
}

bool SpeedBins::Load(ByteReader& in) {
  const auto count = in.Read<std::uint32_t>();
  if (!in.ok() || count > kMaxSpeedBins) return false;
  bins_.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto millirpm = in.Read<std::uint32_t>();
    if (millirpm == signal::kSpeedChanged || Find(millirpm) != nullptr) return false;
    Bin& bin = bins_.emplace_back(Bin{millirpm, Intake(*baseline_)});
    if (!bin.intake.Load(in)) return false;
  }
  return true;
}

}  // namespace torpor::detect
