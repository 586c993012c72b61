#include "common/audit/csv.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace audit_chain {
namespace {

TEST(AuditCsv, plain_cells_stand_as_they_are_and_others_in_quotes) {
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("Ada Lovelace"), "Ada Lovelace");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_cell("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(csv_cell("a\r"), "\"a\r\"");
}

TEST(AuditCsv, no_cell_is_a_formula_in_a_spreadsheet) {
  EXPECT_EQ(csv_cell("=1+1"), "'=1+1");
  EXPECT_EQ(csv_cell("+1"), "'+1");
  EXPECT_EQ(csv_cell("-1"), "'-1");
  EXPECT_EQ(csv_cell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(csv_cell("\t=1"), "'\t'=1");
  EXPECT_EQ(csv_cell("\r=1"), "\"'\r'=1\"");
  EXPECT_EQ(csv_cell("\n=1"), "\"'\n'=1\"");
  EXPECT_EQ(csv_cell("=HYPERLINK(\"http://x\",\"y\")"), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
  EXPECT_EQ(csv_cell("a=1"), "a=1");
  EXPECT_EQ(csv_cell("＝1+1"), "'＝1+1") << "in full width";
  EXPECT_EQ(csv_cell("＠SUM(A1)"), "'＠SUM(A1)");
}

TEST(AuditCsv, no_part_of_a_cell_is_a_formula_in_a_spreadsheet_that_is_set_to_semicolons_or_tabs) {
  EXPECT_EQ(csv_cell("a;=1+1;b"), "a;'=1+1;b");
  EXPECT_EQ(csv_cell("a\t@SUM(A1)"), "a\t'@SUM(A1)");
  EXPECT_EQ(csv_cell("a\n=1"), "\"a\n'=1\"");
  EXPECT_EQ(csv_cell("a;;+1"), "a;;'+1");
  EXPECT_EQ(csv_cell("Mozilla/5.0 (X11; Linux x86_64; rv:130.0)"), "Mozilla/5.0 (X11; Linux x86_64; rv:130.0)");
}

TEST(AuditCsv, a_row_has_as_many_cells_as_the_head_whatever_is_absent) {
  Event event;
  event.id = "e1";
  event.at_us = 1'795'000'000'000'000;
  event.actor_kind = "nobody";
  event.action = "app.deploy";
  event.before.text = "null";
  const auto commas = [](const std::string& line) { return std::ranges::count(line, ','); };

  const auto row = csv_row(event, 0);

  EXPECT_EQ(commas(row), commas(csv_head()));
  EXPECT_TRUE(row.starts_with("2026-11-18T")) << row;
  EXPECT_TRUE(row.ends_with(",e1\r\n")) << row;
  EXPECT_EQ(row.find("null"), std::string::npos) << row;
  event.user_agent = "=cmd|' /C calc'!A0";
  event.after.text = R"({"name": "x"})";
  EXPECT_NE(csv_row(event, 7).find(",'=cmd|' /C calc'!A0,,,\"{\"\"name\"\": \"\"x\"\"}\",7,e1\r\n"), std::string::npos)
      << csv_row(event, 7);
}

}  // namespace
}  // namespace audit_chain
