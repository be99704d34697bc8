#include "web/recognised.h"

#include <gtest/gtest.h>

namespace hotline::web {
namespace {

TEST(Recognised, WhatIsPastedIsToldApartByItsForm) {
  const std::string hex64(64, 'a');
  for (const auto& [pasted, what] : std::initializer_list<std::pair<std::string, Pasted>>{
           {"", Pasted::nothing},
           {"  ", Pasted::nothing},
           {"http://gallery.example/a?b=1", Pasted::address},
           {"hxxps://gallery[.]example/a", Pasted::address},
           {"gallery.example/album", Pasted::address},
           {"cas_01m82q83rt4xtbs7r8qr5gpyg3", Pasted::reference},
           {"CAS_01M82Q83RT4XTBS7R8QR5GPYG3", Pasted::reference},
           {"5GPYG3", Pasted::reference},
           {"1A2B-3C4D-5E6F-7G8H-9J1K-2M3N-4", Pasted::receipt},
           {std::string(32, 'b'), Pasted::md5},
           {std::string(40, 'C'), Pasted::sha1},
           {hex64, Pasted::sha256_or_pdq},
           {"192.0.2.7", Pasted::ip},
           {"192[.]0[.]2[.]7", Pasted::ip},
           {"2001:db8::7", Pasted::ip},
           {"gallery.example", Pasted::host},
           {"gallery[.]example", Pasted::host},
           {"abuse@host.example", Pasted::mailbox},
           {"abuse[@]host[.]example", Pasted::mailbox},
           {"two lakes", Pasted::words}})
    EXPECT_EQ(recognise(pasted).what, what) << pasted;
}

TEST(Recognised, AReceiptIsNeverHandedOn) {
  EXPECT_EQ(recognise("1A2B-3C4D-5E6F-7G8H-9J1K-2M3N-4").value, "");
  EXPECT_NE(words_of(Pasted::receipt).find("looked up nowhere"), std::string::npos);
}

}  // namespace
}  // namespace hotline::web
