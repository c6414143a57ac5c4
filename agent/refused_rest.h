// What ends is started again: by Kubernetes always, by Compose unless told never to. A
// refusal is not mended by that, and each start costs power. There torpord stays, asleep,
// once it has refused.
#pragma once

namespace torpor::agent {

// Whether nothing but a person mends what a program ended with this exit code for; the
// service manager is told the same codes (deploy/systemd/torpord.service,
// docs/reasons.md).
[[nodiscard]] bool IsFinal(int exit_code);

// Sleeps until SIGTERM or SIGINT comes; nothing wakes it meanwhile. Also serves as a
// container's first process, which such signals would not end otherwise.
void RestUntilAskedToStop();

}  // namespace torpor::agent
