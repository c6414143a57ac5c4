// UART 1 is the link, with a ring in each direction that interrupts fill and empty;
// UART 0 is the console, without.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torpor::firmware::mps2 {

void StartUarts();
// CMSDK, APB UART, BAUDDIV: the clock divided by at least 16.
void SetLinkBaud(std::uint32_t baud);

std::size_t TakeFromLink(std::span<std::byte> out);
std::size_t GiveToLink(std::span<const std::byte> bytes);

// Never waits for a reader: what does not fit is lost.
void WriteConsole(std::string_view text);

void OnLinkReceive();   // interrupt
void OnLinkTransmit();  // interrupt

}  // namespace torpor::firmware::mps2
