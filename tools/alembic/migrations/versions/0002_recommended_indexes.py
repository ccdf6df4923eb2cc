"""recommended indexes

The unique columns, customers.email and barcodes.barcode_value, have theirs.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_orders_customer_id", "orders", ["customer_id"])
    op.create_index("ix_barcodes_order_id_is_used", "barcodes",
                    ["order_id", "is_used"])


def downgrade():
    op.drop_index("ix_barcodes_order_id_is_used", "barcodes")
    op.drop_index("ix_orders_customer_id", "orders")
