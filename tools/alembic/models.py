"""The tables that orderstore exports to, at the newest revision, as models.

Names of constraints and indexes are those that the export gives them.
"""

import sqlalchemy as sa
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


def time_column():
    return sa.Column(sa.DateTime(), server_default=sa.func.current_timestamp(),
                     nullable=False)


class Customer(Base):
    __tablename__ = "customers"
    __table_args__ = (sa.UniqueConstraint("email", name="customers_email_key"),)

    id = sa.Column(sa.Integer, primary_key=True)
    email = sa.Column(sa.String(255), nullable=False)
    name = sa.Column(sa.String(255), nullable=False)
    created_at = time_column()
    updated_at = time_column()
    # The barcodes on the customer's orders; triggers keep it.
    ticket_count = sa.Column(sa.Integer, server_default="0", nullable=False)

    orders = relationship("Order", back_populates="customer")


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (sa.Index("ix_orders_customer_id", "customer_id"),)

    id = sa.Column(sa.Integer, primary_key=True)
    customer_id = sa.Column(
        sa.Integer,
        sa.ForeignKey("customers.id", name="orders_customer_id_fkey"),
        nullable=False)
    created_at = time_column()
    updated_at = time_column()

    customer = relationship("Customer", back_populates="orders")
    barcodes = relationship("Barcode", back_populates="order")


class Barcode(Base):
    __tablename__ = "barcodes"
    __table_args__ = (
        sa.UniqueConstraint("barcode_value", name="barcodes_barcode_value_key"),
        sa.Index("ix_barcodes_order_id_is_used", "order_id", "is_used"),
    )

    id = sa.Column(sa.Integer, primary_key=True)
    barcode_value = sa.Column(sa.String(255), nullable=False)
    # None: not sold yet.
    order_id = sa.Column(
        sa.Integer, sa.ForeignKey("orders.id", name="barcodes_order_id_fkey"))
    is_used = sa.Column(sa.Boolean, server_default=sa.false(), nullable=False)
    created_at = time_column()
    updated_at = time_column()

    order = relationship("Order", back_populates="barcodes")
