// A page as the body of a request of Prometheus' remote write 1.0, before it is
// compressed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace torpor::telemetry {

// The series of a page as they stand there, without their values, sorted.
[[nodiscard]] std::vector<std::string> SeriesOf(std::string_view page);

// Each series of `page`, which is MetricPage()'s with PushTime() or a part of it, with
// one sample, and each of `ended` with the mark that it has ended; all under the labels
// that a Pushgateway would give them, and with the time `at_ms`, Unix time in
// milliseconds. What is no series in `ended` is left out.
//   kInternal  a line is none of a page's
// Source: Prometheus Remote-Write Specification 1.0, "Protocol".
[[nodiscard]] Result<std::string> WriteRequest(std::string_view page,
                                               std::span<const std::string> ended,
                                               std::string_view robot,
                                               std::int64_t at_ms);

}  // namespace torpor::telemetry
