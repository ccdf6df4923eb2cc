// Tables that SQLAlchemy makes of an application's models are filled, are what
// the application goes on with, and come back.

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "orderstore/store.h"
#include "sql/database.h"
#include "sql/expect_rows.h"
#include "sql/sample_rows.h"

namespace orderstore::sql {
namespace {

// Models that say no more than they must: their columns may be NULL, defaults
// are the application's, and names are by its own rule.
constexpr char kModels[] = R"(
import datetime
import sys

from sqlalchemy import (Boolean, Column, DateTime, ForeignKey, Integer,
                        MetaData, String, create_engine)
from sqlalchemy.orm import Session, declarative_base, relationship

URL, ZONE, ACTION = sys.argv[1:]
Base = declarative_base(metadata=MetaData(naming_convention={
    "ix": "index_%(table_name)s_on_%(column_0_name)s",
    "uq": "unique_%(table_name)s_%(column_0_name)s",
    "fk": "%(table_name)s_refers_to_%(referred_table_name)s",
    "pk": "%(table_name)s_key",
}))


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class Row:
    id = Column(Integer, primary_key=True)
    created_at = Column(DateTime(timezone=ZONE == "zone"), default=now)
    updated_at = Column(DateTime(timezone=ZONE == "zone"), default=now,
                        onupdate=now)


class Customer(Row, Base):
    __tablename__ = "customers"
    email = Column(String(255), unique=True)
    name = Column(String(255))
    orders = relationship("Order", back_populates="customer")


class Order(Row, Base):
    __tablename__ = "orders"
    customer_id = Column(Integer, ForeignKey("customers.id"), index=True)
    customer = relationship("Customer", back_populates="orders")
    barcodes = relationship("Barcode", back_populates="order")


class Barcode(Row, Base):
    __tablename__ = "barcodes"
    barcode_value = Column(String(255), unique=True, index=True)
    order_id = Column(Integer, ForeignKey("orders.id"), index=True)
    is_used = Column(Boolean, default=False)
    order = relationship("Order", back_populates="barcodes")


engine = create_engine(URL)
if ACTION == "make":
    Base.metadata.create_all(engine)
else:
    with Session(engine) as session:
        order = session.get(Order, 3)
        print(order.customer.email, [b.barcode_value for b in order.barcodes])
        barcode = Barcode(barcode_value="new", order=order)
        session.add(barcode)
        session.commit()
        print(barcode.id)
)";

class SqlAlchemyTest : public testing::TestWithParam<const char*> {
 protected:
  SqlAlchemyTest() { database_.folder().Put("models.py", kModels); }

  Outcome Orderstore(const std::string& arguments) {
    return database_.Run("\"$ORDERSTORE\" " + arguments);
  }
  // Debian's Python, which has SQLAlchemy.
  Outcome Models(const std::string& action) {
    return database_.Run("/usr/bin/python3 models.py '" + database_.uri() +
                         "' " + GetParam() + " " + action);
  }

  const Database database_;
};

INSTANTIATE_TEST_SUITE_P(Times, SqlAlchemyTest,
                         testing::Values("no-zone", "zone"),
                         [](const auto& times) {
                           return times.index == 0 ? "WithoutTimeZone"
                                                   : "WithTimeZone";
                         });

TEST_P(SqlAlchemyTest, TablesOfModelsAreFilledAndComeBack) {
  {
    const auto store = Store::Open(database_.folder() / "shop");
    PutSome(**store);
    PutHostile(**store);
    ASSERT_TRUE((*store)->Close().ok());
  }
  const Outcome made = Models("make");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Outcome loaded = Orderstore("export shop --to ''");
  ASSERT_EQ(loaded.exit_code, 0) << loaded.err;
  const auto shop = Store::OpenReadOnly(database_.folder() / "shop");
  const ReadView rows = (*shop)->OpenReadView();
  ExpectRowsOf(rows, database_);

  const Outcome read = Orderstore("import back --from postgresql://");
  EXPECT_EQ(read.exit_code, 0) << read.err;
  {
    const auto back = Store::OpenReadOnly(database_.folder() / "back");
    EXPECT_EQ((*back)->OpenReadView().Digests(), rows.Digests());
    EXPECT_EQ((*back)->OpenReadView().Counts().barcodes,
              rows.Counts().barcodes);
  }
  // The application reads the rows, and adds one with the next id.
  const Outcome used = Models("use");
  EXPECT_EQ(used.exit_code, 0) << used.err;
  EXPECT_EQ(used.out, "ann@example.com ['00123']\n" +
                          std::to_string(rows.NextIds().barcodes) + "\n");
  // In the place of what it has, as fast as can be.
  const Outcome again = Orderstore("export shop --to '' --replace --fast-load");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  ExpectRowsOf(rows, database_);
}

}  // namespace
}  // namespace orderstore::sql
