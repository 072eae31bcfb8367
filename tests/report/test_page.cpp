#include <doctest/doctest.h>
#include <treadle/page.hpp>

namespace treadle::reporting {
namespace {

bool has(const std::string& text, const char* what) { return text.find(what) != std::string::npos; }

TEST_CASE("a page is one file that asks for nothing") {
  const std::string html = Page("Title").paragraph("text").charts({"<svg></svg>"}).html();
  CHECK(html.starts_with("<!DOCTYPE html>\n"));
  CHECK(has(html, "default-src 'none'"));
  for (const char* outside : {"<script", "<link", "<img", "src=", "href=", "http://", "https://", "url(", "@import"})
    CHECK_MESSAGE(!has(html, outside), outside);
}

TEST_CASE("all text is escaped") {
  const std::string html = Page("<b>").heading("<i>").paragraph("a & b\x01").table({"<u>"}, {{"<s>"}}).html();
  for (const char* element : {"<b>", "<i>", "<u>", "<s>"}) CHECK_MESSAGE(!has(html, element), element);
  CHECK(has(html, "<title>&lt;b&gt;</title>"));
  CHECK(has(html, "a &amp; b\xEF\xBF\xBD"));
}

TEST_CASE("columns of numbers are flush right") {
  const std::string html = Page("t").table({"name", "size"}, {{"a", "1.5 KiB"}, {"b", "-"}, {"c", "-3"}}).html();
  CHECK(has(html, "<th scope=\"col\">name</th><th class=\"n\" scope=\"col\">size</th>"));
  CHECK(has(html, "<td>a</td><td class=\"n\">1.5 KiB</td>"));
}

TEST_CASE("a confusion matrix is shaded by the share of the row") {
  const std::uint64_t counts[] = {3, 1, 0, 0};
  const std::string html = Page("t").confusion(counts, 2).html();
  CHECK(has(html, "<th scope=\"row\">0</th><td style=\"--share:0.750\">3</td><td style=\"--share:0.250\">1</td>"));
  CHECK(has(html, "<th scope=\"row\">1</th><td style=\"--share:0.000\">0</td>"));
}

}  // namespace
}  // namespace treadle::reporting
