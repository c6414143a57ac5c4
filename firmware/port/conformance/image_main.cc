// The suite as an image for QEMU's mps2-an386.
#include "firmware/port/conformance/suite.h"
#include "firmware/port/mps2_an386/board.h"

namespace torpor::firmware::mps2 {

int RunImage() {
  StartBoard();
  static const contract::Terms terms = conformance::UsualTerms();
  return conformance::RunSuite(terms);
}

}  // namespace torpor::firmware::mps2
