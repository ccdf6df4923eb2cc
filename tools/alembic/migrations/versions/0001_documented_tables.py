"""documented tables"""

from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def times():
    return [
        sa.Column(name, sa.DateTime(),
                  server_default=sa.func.current_timestamp(), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def upgrade():
    op.create_table(
        "customers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        *times(),
        sa.UniqueConstraint("email", name="customers_email_key"))
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Integer, nullable=False),
        *times(),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"],
                                name="orders_customer_id_fkey"))
    op.create_table(
        "barcodes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("barcode_value", sa.String(255), nullable=False),
        sa.Column("order_id", sa.Integer),
        sa.Column("is_used", sa.Boolean, server_default=sa.false(),
                  nullable=False),
        *times(),
        sa.UniqueConstraint("barcode_value", name="barcodes_barcode_value_key"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"],
                                name="barcodes_order_id_fkey"))


def downgrade():
    op.drop_table("barcodes")
    op.drop_table("orders")
    op.drop_table("customers")
