#include "telemetry/remote_write.h"

#include <pb_encode.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <deque>
#include <optional>

#include "remote_write.pb.h"

namespace torpor::telemetry {
namespace {

using PbLabel = torpor_remote_write_Label;
using PbSample = torpor_remote_write_Sample;
using PbSeries = torpor_remote_write_TimeSeries;
using PbRequest = torpor_remote_write_WriteRequest;

// The one not-a-number that says that a series has ended.
// Source: Prometheus Remote-Write Specification 1.0, "Stale Markers".
constexpr double kEnded = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});

// Calls `each` with the lines that have a sample.
template <class Each>
void EachSample(std::string_view page, Each each) {
  while (!page.empty()) {
    const std::string_view line = page.substr(0, page.find('\n'));
    page.remove_prefix(std::min(line.size() + 1, page.size()));
    if (!line.empty() && line.front() != '#') each(line);
  }
}

std::string_view WithoutValue(std::string_view line) {
  return line.substr(0, line.rfind(' '));
}

std::optional<double> ValueOf(std::string_view line) {
  const std::string_view text = line.substr(WithoutValue(line).size());
  if (text.size() < 2) return std::nullopt;
  double value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + 1, last, value);
  if (error != std::errc() || end != last) return std::nullopt;
  return value;
}

// What nanopb encodes points into this; so it keeps all in its place.
class Request {
 public:
  explicit Request(std::string_view robot)
      : job_(LabelOf("job", "torpor")), instance_(LabelOf("instance", robot)) {}

  // False where `series` is not of the form name{label="value",label="value"}.
  bool Add(std::string_view series, PbSample sample) {
    const std::size_t name = std::min(series.find('{'), series.size());
    auto& labels = labels_.emplace_back();
    labels = {LabelOf("__name__", series.substr(0, name)), job_, instance_};
    std::string_view rest = series.substr(name);
    if (name == 0 || !AddLabels(rest, labels)) return false;
    std::ranges::sort(labels, [](const PbLabel& a, const PbLabel& b) {
      return std::strcmp(a.name, b.name) < 0;
    });
    series_.push_back({static_cast<pb_size_t>(labels.size()), labels.data(), 1,
                       &samples_.emplace_back(sample)});
    return true;
  }

  // Empty when it cannot be encoded.
  [[nodiscard]] std::string Encoded() {
    const PbRequest request{static_cast<pb_size_t>(series_.size()), series_.data()};
    std::size_t size = 0;
    if (!pb_get_encoded_size(&size, torpor_remote_write_WriteRequest_fields, &request)) {
      return {};
    }
    std::string bytes(size, '\0');
    auto* const to = reinterpret_cast<pb_byte_t*>(bytes.data());
    pb_ostream_t stream = pb_ostream_from_buffer(to, size);
    const bool whole =
        pb_encode(&stream, torpor_remote_write_WriteRequest_fields, &request);
    return whole ? bytes : std::string();
  }

 private:
  PbLabel LabelOf(std::string_view name, std::string_view value) {
    char* const kept_name = texts_.emplace_back(name).data();
    return {kept_name, texts_.emplace_back(value).data()};
  }
  // `rest` is {name="value",...} or nothing. A page's values hold no quotation mark.
  bool AddLabels(std::string_view rest, std::vector<PbLabel>& labels) {
    while (!rest.empty() && rest != "}") {
      rest.remove_prefix(1);  // the brace, or a comma
      const std::size_t equals = rest.find("=\"");
      if (equals == 0 || equals == std::string_view::npos) return false;
      const std::size_t end = rest.find('"', equals + 2);
      if (end == std::string_view::npos || end + 1 == rest.size()) return false;
      labels.push_back(
          LabelOf(rest.substr(0, equals), rest.substr(equals + 2, end - equals - 2)));
      rest.remove_prefix(end + 1);
      if (rest.front() != ',' && rest != "}") return false;
    }
    return true;
  }

  std::deque<std::string> texts_;
  std::deque<std::vector<PbLabel>> labels_;
  std::deque<PbSample> samples_;
  std::vector<PbSeries> series_;
  PbLabel job_, instance_;
};

}  // namespace

std::vector<std::string> SeriesOf(std::string_view page) {
  std::vector<std::string> series;
  EachSample(page,
             [&](std::string_view line) { series.emplace_back(WithoutValue(line)); });
  std::ranges::sort(series);
  return series;
}

Result<std::string> WriteRequest(std::string_view page,
                                 std::span<const std::string> ended,
                                 std::string_view robot, std::int64_t at_ms) {
  Request request(robot);
  bool good = true;
  EachSample(page, [&](std::string_view line) {
    const auto value = ValueOf(line);
    good = good && value && request.Add(WithoutValue(line), {*value, at_ms});
  });
  for (const std::string& series : ended) {
    (void)request.Add(series, {kEnded, at_ms});
  }
  std::string bytes = good ? request.Encoded() : std::string();
  if (bytes.empty()) return Status::kInternal;
  return bytes;
}

}  // namespace torpor::telemetry
