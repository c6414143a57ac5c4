#include "agent/program_digest.h"

#include <fstream>
#include <iterator>
#include <string>

#include "contract/digest.h"

namespace torpor::agent {

Digest ProgramDigest() {
  std::ifstream program("/proc/self/exe", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(program), {}};
  return bytes.empty() ? Digest{} : contract::DigestOf(AsBytes(bytes));
}

}  // namespace torpor::agent
