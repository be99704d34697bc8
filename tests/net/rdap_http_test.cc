// The RDAP client against a registry on loopback.
#include <gtest/gtest.h>

#include "net/rdap.h"
#include "net/web_double.h"

namespace hotline::net {
namespace {

std::string network_object(const char* handle, const char* parent, const char* first,
                           const char* last) {
  return std::string(R"({"objectClassName":"ip network","handle":")") + handle +
         R"(","parentHandle":")" + parent + R"(","startAddress":")" + first +
         R"(","endAddress":")" + last +
         R"(","country":"NL","entities":[{"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","abuse@isp.example"]]]}]})";
}

// 192.0.2.0/24 in 192.0.0.0/16 in 192.0.0.0/8; answers the narrowest that holds the question.
void registry(int fd, const std::string& path, const std::string&) {
  const auto answer = [fd](const std::string& body) {
    send_all(fd, web_answer("application/rdap+json", body));
  };
  const auto slash = path.find('/', 10);
  const int prefix = slash == std::string::npos ? 32 : std::atoi(path.c_str() + slash + 1);
  if (path.starts_with("/rdap/ip/192.0.") && prefix >= 24)
    answer(network_object("NET-C", "NET-B", "192.0.2.0", "192.0.2.255"));
  else if (path.starts_with("/rdap/ip/192.0.") && prefix >= 16)
    answer(network_object("NET-B", "NET-A", "192.0.0.0", "192.0.255.255"));
  else if (path.starts_with("/rdap/ip/192."))
    answer(network_object("NET-A", "", "192.0.0.0", "192.255.255.255"));
  else if (path == "/rdap/ip/198.51.100.1")
    send_all(fd, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  else if (path == "/rdap/ip/198.51.100.2")
    answer("<html>");
  else if (path == "/rdap/ip/198.51.100.3")
    answer(std::string(300 * 1024, ' '));
  else
    send_all(fd, "HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(RdapHttp, TheHolderAndTheNetworksAboveAreFound) {
  WebDouble web(registry);
  const auto rdap = open_rdap(web.origin() + "/rdap");
  const auto holder = rdap->network("192.0.2.7");
  ASSERT_TRUE(holder) << holder.error().sentence;
  EXPECT_EQ(holder->handle, "NET-C");
  EXPECT_EQ(holder->abuse_email, "abuse@isp.example");
  EXPECT_EQ(holder->source, web.origin());
  const auto above = rdap->by_handle(holder->parent_handle);
  ASSERT_TRUE(above) << above.error().sentence;
  EXPECT_EQ(above->handle, "NET-B");
  const auto top = rdap->by_handle(above->parent_handle);
  ASSERT_TRUE(top) << top.error().sentence;
  EXPECT_EQ(top->handle, "NET-A");
}

TEST(RdapHttp, AHandleThatHoldsAnAddressNeedsNoMemory) {
  WebDouble web([](int fd, const std::string& path, const std::string&) {
    const bool wide = path.ends_with("/23");
    send_all(fd,
             web_answer(
                 "application/rdap+json",
                 wide ? network_object("192.0.2.0 - 192.0.3.255", "", "192.0.2.0", "192.0.3.255")
                      : network_object("192.0.2.0 - 192.0.2.255", "", "192.0.2.0", "192.0.2.255")));
  });
  const auto rdap = open_rdap(web.origin() + "/");
  const auto above = rdap->by_handle("192.0.2.0 - 192.0.3.255");
  ASSERT_TRUE(above) << above.error().sentence;
  EXPECT_EQ(above->end, "192.0.3.255");
}

TEST(RdapHttp, KindsOfTroubleAreToldApart) {
  WebDouble web(registry);
  const auto rdap = open_rdap(web.origin() + "/rdap/");
  EXPECT_EQ(rdap->network("203.0.113.1").error().kind, ErrorKind::not_found);
  EXPECT_EQ(rdap->network("198.51.100.1").error().kind, ErrorKind::unavailable);
  EXPECT_EQ(rdap->network("198.51.100.2").error().kind, ErrorKind::unavailable);
  EXPECT_EQ(rdap->network("198.51.100.3").error().kind, ErrorKind::unavailable);
  EXPECT_EQ(rdap->network("gallery.example").error().kind, ErrorKind::invalid);
  EXPECT_EQ(rdap->by_handle("NOBODY").error().kind, ErrorKind::not_found);
  EXPECT_EQ(rdap->by_handle("").error().kind, ErrorKind::invalid);
  EXPECT_EQ(open_rdap("http://127.0.0.1:1/")->network("192.0.2.1").error().kind,
            ErrorKind::unavailable);
}

}  // namespace
}  // namespace hotline::net
