// OpenSSH's public keys: what ssh-keygen made, and what somebody else might.

#include "common/crypto/ssh_key.hpp"

#include <gmock/gmock.h>

#include <array>

#include "common/base/bytes.hpp"

namespace crypto {
namespace {

using testing::HasSubstr;

struct Made {
  const char* algorithm;
  const char* line;
  const char* fingerprint;  ///< of ssh-keygen -l
};
const std::array<Made, 5> kMade{{
    {"ssh-ed25519", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILJXMrvLxisFA38ZVuDBEkNPegytCkbyAJtKZZpOOxh4 ada@laptop",
     "SHA256:hnDTvvMWfa53eMnrQIdZO3f9MnAPWX+IcSDRCB+FHa4"},
    {"ecdsa-sha2-nistp256",
     "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHqkpwfVkKEX9XkoYyuoxHGs/7Um"
     "I/S+lYjz7KePWPQ85p1xjWcRqLOOR+2u5DEuFCqD0ZZF+fPgKUSRoUU6Ia4= ada@laptop",
     "SHA256:3tKmfLdStXFEcteHo+O3LKU60gx2KV5uf4k4aVzoWAk"},
    {"ecdsa-sha2-nistp384",
     "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBFmL611FlRx3vWyFQne1DB2wmSbY"
     "pWuUSsAyYFU5bWVz6KLtdIs+P5cnejqR8k3IR3bhGvzpkVMzMr6UhV/mOLyOagPZutWuBfTBWRJ1cKmeBsAJIPoQunhYJQWe+bof"
     "hQ== ada@laptop",
     "SHA256:wrBe1hOL4rRwod3f+irMESfojazaby18Q83F38YGfeU"},
    {"ecdsa-sha2-nistp521",
     "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAAd1LxVzfdO+mlGZ8QXrgquBPbI"
     "SYUNo4D7IwlOwNDeiuqHUqmoYyjvbZLuR2dIyKHrbBb/D/3ziYJNqZOiJx+6ngAx4WhIVK68yVrIUG3OZHjVkgSb9U6a4ap7zK3k"
     "3vX8Fj8lZgPSzgGTLn8oVY9KD+7YKhayuIMG4eIi+KsfFNkK3A== ada@laptop",
     "SHA256:QR2KhuznFrCGwKEaDnyr51QeUNkdH6s2x2hc8g4E608"},
    {"ssh-rsa",
     "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC4S9UrxGxwywD3mbhOgAYFKi4fEX8UW+OUST8pcGXrIWdMHKR+W7va7PDQ7jFM"
     "xyS6uNrrqipPR4r/xcBe8lifxPpb23AGtpr5HP7pHrcA+0Jode/tYpnZWlJLAPd7pyZtttg5Z5p6kQVVO5+5INrYJ5ggGsES0Pbr"
     "AlGB1YLZVFKv7mUO7FfgT/2G2V/DoQ/0BrLsplSrY8lMN4ODpT1M2S9X9qp63z4u81byzDs2evYiWkmqEm5w3QlBf5lbY0XtOnmy"
     "6rUoedrvL3J4bMnI8/vQA46mUkzEsRVGEVu9YDWaAL2qGcvBh/W4Z5qn1eUUbpTODNIEkuiGrDljPKNRCPQ1b5GwX8fskGSnFKzL"
     "+dAkJ3JWRXM6NWXBd5kLWRo3wL0JAaal2lN+n/guHMyKb9THVFxf/DyN+aqNKYJNO6kSZC/Iv66tw1NIOPvyyVhRBgqKB4w4ZoE6"
     "RB+BraoBpRtXbzUAqenQUSD51ne9zMSQUfC6osk46Ocft1BuAYs= ada@laptop",
     "SHA256:NRhRoH/sv7qjwMJKqFxAjYNMtJh+0q+5DFddnvFP/RM"},
}};
constexpr const char* kRsa2048 =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCx6PmKGT0eyUwcyxsj8o/P+QodkpVonyhpR33rBjLXNdQzv0sll1aOL7RPnUBq"
    "xk2AmDAFdUEKDqHHsHAmOayDncnOKMOXVlgJXOqtKU8t+V4L4PNFSytPDhym+W2k288x1rbfqITyTrZUEazwd0m7Ro8LRUjcnrqA"
    "/347kDF850X0bdeASCnvsTPvdCD14tu0t2R6mBMVA68ve3IY3xBBxfZRABu+H3G0LMwJCg84ZkV6Y8+7ScUukwqMBEi6pRndxeC7"
    "nNzETzv2ahnAiN+dwJaDyRsV7WMrRteqROgY8QCmuu3Ytx6F4jghlxE3rKSaNq5S15WtX7mjj6PnXJXJ ada@laptop";
constexpr const char* kDsa =
    "ssh-dss AAAAB3NzaC1kc3MAAACBAI8qH8Iz4FisQZgQyJlvjTd35b+x7u/l5TPK+ynMlimh6Gd9GneEeEQKzxNKuk1wR1iLxb5T"
    "FqGvoMfWQHi4yE6eXl78l126PB78787OBO4czRf6vq4BmCMVcuVifGcmtdo59n4KrO8/fDiTYLuAO4elIPHCFsInLd+OuOC5TSrx"
    "AAAAFQCEpcJmBATY7to/5sjMbw/QGIH6lwAAAIA15BhjbAmMzYDskHEVx7FiP1MAeXB0zpD/yM52/RSjXonSIYi+izhpg0IzA53O"
    "OVQrL6mEpfgouVsn1Tp01AJH2CeLsOL1MKi0Hq+jtgWtbSOrBRUT4aaiL1PMkY8uP1rThdnHuhRF/71PN+z86a+9WRrcrrbFnAzJ"
    "hb0Pq64sXQAAAIBnxpe5fxOeiNGx726ATRkYkyUL7uzSpT5gnvMc0nIqS+biLxwgDIi8OgxxwiuvJLm5lCX0/5xVqD9K+a4VZCfq"
    "er/iplr+xNX2g7VgHpBuqjs4cEVdqBN42uM417Wh7oMLiwyVyoNvky3nisuMnYhW9oUbWvNBayIrEPFlYSKIIw== ada@laptop";

std::string piece(std::string_view bytes) {
  std::string text;
  for (const int shift : {24, 16, 8, 0}) text += static_cast<char>(bytes.size() >> shift & 0xff);
  return text + std::string(bytes);
}
std::string line_of(const std::string& algorithm, const std::string& blob) {
  return algorithm + " " + base::base64_encode(blob);
}
std::string blob_of(std::string_view line) {
  const auto gap = line.find(' ') + 1;
  return *base::base64_decode(line.substr(gap, line.find(' ', gap) - gap));
}
std::string refusal(std::string_view line) {
  const auto read = parse_ssh_public_key(line);
  return read ? "taken: " + read->fingerprint : read.error().message;
}
std::string rsa(const std::string& exponent, const std::string& modulus) {
  return line_of("ssh-rsa", piece("ssh-rsa") + piece(exponent) + piece(modulus));
}
/// An odd number of 4096 bits, in its one encoding.
std::string modulus() {
  return std::string(1, '\0') + std::string(512, '\xab');
}

TEST(SshKey, IDN_20_fingerprints_are_those_of_ssh_keygen) {
  for (const auto& made : kMade) {
    const auto read = parse_ssh_public_key(std::string(made.line) + "\n");
    ASSERT_TRUE(read) << made.algorithm << ": " << read.error().message;
    EXPECT_EQ(read->algorithm, made.algorithm);
    EXPECT_EQ(read->fingerprint, made.fingerprint);
    EXPECT_EQ(read->comment, "ada@laptop");
    EXPECT_EQ(read->line + " ada@laptop", made.line);
  }
}

TEST(SshKey, a_comment_is_harmless_text_or_none) {
  const std::string bare = std::string(kMade[0].line).substr(0, std::string(kMade[0].line).rfind(' '));
  EXPECT_EQ(parse_ssh_public_key(bare)->comment, "");
  EXPECT_EQ(parse_ssh_public_key(bare + " Ada's \xe2\x80\xae laptop")->comment, "Ada's  laptop");
  EXPECT_EQ(parse_ssh_public_key(bare + " " + std::string(300, 'x'))->comment.size(), 100U);
}

TEST(SshKey, IDN_20_keys_that_are_too_weak_are_refused_with_what_to_do) {
  EXPECT_THAT(refusal(kRsa2048), HasSubstr("ssh-keygen -t ed25519"));
  EXPECT_THAT(refusal(kDsa), HasSubstr("must begin with"));
  EXPECT_THAT(refusal(rsa("\x01", modulus())), HasSubstr("exponent"));
  EXPECT_THAT(refusal(rsa("\x04", modulus())), HasSubstr("exponent"));
  EXPECT_THAT(refusal(rsa(std::string(9, '\x7f'), modulus())), HasSubstr("exponent"));
  EXPECT_THAT(refusal(rsa("\x03", modulus())), HasSubstr("taken"));
}

TEST(SshKey, a_private_key_is_told_from_a_public_one) {
  EXPECT_THAT(refusal("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n"), HasSubstr("private key"));
}

TEST(SshKey, options_lines_and_signs_before_or_between_are_refused) {
  const std::string fine = kMade[0].line;
  for (const auto& line :
       {"command=\"id\" " + fine, "restrict " + fine, fine + "\n" + fine, "#" + fine, "\t" + fine, fine + "\rx",
        fine.substr(0, 11) + "  " + fine.substr(12), fine.substr(0, 11) + "\t" + fine.substr(12), std::string(),
        std::string(" \n"), std::string("ssh-ed25519"), std::string("ssh-ed25519 "), fine + std::string(1, '\0'),
        std::string(20'000, 'A')}) {
    const auto read = parse_ssh_public_key(line);
    ASSERT_FALSE(read) << line;
    EXPECT_EQ(read.error().kind, base::ErrorKind::invalid);
    EXPECT_EQ(read.error().fields.at(0).pointer, "/public_key");
  }
}

TEST(SshKey, a_blob_has_one_form_to_its_last_byte) {
  const auto blob = blob_of(kMade[0].line);
  EXPECT_THAT(refusal(line_of("ssh-ed25519", blob)), HasSubstr("taken"));
  for (std::size_t cut = 0; cut < blob.size(); ++cut) {
    EXPECT_THAT(refusal(line_of("ssh-ed25519", blob.substr(0, cut))), HasSubstr("damaged")) << cut;
  }
  EXPECT_THAT(refusal(line_of("ssh-ed25519", blob + "x")), HasSubstr("damaged"));
  EXPECT_THAT(refusal(line_of("ssh-ed25519", blob + piece(""))), HasSubstr("damaged"));
  EXPECT_THAT(refusal(line_of("ssh-rsa", blob)), HasSubstr("damaged"));
  EXPECT_THAT(refusal(line_of("ssh-ed25519", std::string("\xff\xff\xff\xff", 4) + "ssh-ed25519")),
              HasSubstr("damaged"));
  const auto curve = blob_of(kMade[1].line);
  EXPECT_THAT(refusal(line_of("ecdsa-sha2-nistp384", curve)), HasSubstr("damaged"));
}

TEST(SshKey, numbers_of_an_rsa_key_have_one_encoding) {
  EXPECT_THAT(refusal(rsa(std::string("\0\3", 2), modulus())), HasSubstr("damaged"));
  EXPECT_THAT(refusal(rsa("\x03", std::string(1, '\0') + modulus())), HasSubstr("damaged"));
  EXPECT_THAT(refusal(rsa("\x03", modulus().substr(1))), HasSubstr("damaged"));  // negative
  EXPECT_THAT(refusal(rsa("\x03", modulus() + "\x02")), HasSubstr("damaged"));   // even
  EXPECT_THAT(refusal(rsa("", modulus())), HasSubstr("damaged"));
  EXPECT_THAT(refusal(rsa("\x03", std::string(1, '\0') + std::string(2100, '\xab'))), HasSubstr("16384"));
}

TEST(SshKey, a_point_that_is_not_on_its_curve_is_refused) {
  auto blob = blob_of(kMade[1].line);
  blob.back() = static_cast<char>(blob.back() ^ 1);
  EXPECT_THAT(refusal(line_of("ecdsa-sha2-nistp256", blob)), HasSubstr("no point"));
  EXPECT_THAT(refusal(line_of("ssh-ed25519", piece("ssh-ed25519") + piece(std::string(32, '\0')))),
              HasSubstr("no point"));
}

TEST(SshKey, keys_of_hardware_tokens_name_their_application) {
  const auto point = blob_of(kMade[0].line).substr(19);
  const std::string name = "sk-ssh-ed25519@openssh.com";
  EXPECT_THAT(refusal(line_of(name, piece(name) + piece(point) + piece("ssh:"))), HasSubstr("taken"));
  EXPECT_THAT(refusal(line_of(name, piece(name) + piece(point) + piece("https://evil.example"))), HasSubstr("damaged"));
  EXPECT_THAT(refusal(line_of(name, piece(name) + piece(point))), HasSubstr("damaged"));
}

}  // namespace
}  // namespace crypto
