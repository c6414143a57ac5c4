// A model file whose digest is right, whatever else it says: refused in one clause, or a
// network that gives one finite logit in both engines. (Without mending the digest a
// fuzzer would never get past it.)
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "contract/digest.h"
#include "fuzz/target.h"
#include "model/network.h"
#include "model/network_file.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace torpor;
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  std::vector<Line> lines(size / sizeof(Line) + 1);
  const auto bytes = std::as_writable_bytes(std::span(lines)).first(size);
  std::ranges::copy(fuzz::Bytes(data, size), bytes.begin());
  std::string_view why;
  fuzz::Expect(!model::ParseNetwork(bytes, &why).ok() || size > sizeof(Digest),
               "no file is smaller than its digest");
  if (size > sizeof(Digest)) {
    const Digest digest = contract::DigestOf(bytes.first(size - sizeof(Digest)));
    std::ranges::copy(digest, bytes.last(sizeof(Digest)).begin());
  }
  const auto view = model::ParseNetwork(bytes, &why);
  if (!view.ok()) {
    fuzz::Expect(!why.empty(), "a refusal says why");
    return 0;
  }
  const auto plain = model::MakeReferenceNetwork(*view);
  const auto fast = model::MakeFastNetwork(*view);
  if (!plain.ok() || !fast.ok()) return 0;
  const std::size_t tokens = view->shape.positions;
  const std::vector<float> z(tokens * view->shape.inputs, 0.5F);
  float ours = 0, theirs = 1;
  fuzz::Expect((*plain)->Run(z, tokens, ours) == Status::kOk, "a network runs");
  fuzz::Expect((*fast)->Run(z, tokens, theirs) == Status::kOk, "a network runs fast");
  fuzz::Expect(std::isfinite(ours), "the logit of a finite input is finite");
  fuzz::Expect(std::memcmp(&ours, &theirs, sizeof ours) == 0, "both engines agree");
  return 0;
}
