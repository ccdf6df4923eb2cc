"""ticket count of customers

customers.ticket_count is the number of barcodes on the customer's orders. It is
filled here, and kept by triggers, which run once a statement.
"""

from alembic import op
import sqlalchemy as sa

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As `orderstore migrate --sql` prints them.
FILL = """\
UPDATE public.customers c SET ticket_count = t.tickets
FROM (
    SELECT o.customer_id, count(*) AS tickets
    FROM public.barcodes b JOIN public.orders o ON o.id = b.order_id
    GROUP BY o.customer_id
) t
WHERE c.id = t.customer_id
"""
FUNCTIONS = [
    """\
CREATE FUNCTION public.count_tickets_of_barcodes() RETURNS trigger
    LANGUAGE plpgsql
    AS $orderstore$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM public.orders WHERE id IN (SELECT order_id FROM added)
        ORDER BY id FOR SHARE;
        UPDATE public.customers c SET ticket_count = c.ticket_count + t.tickets
        FROM (
            SELECT o.customer_id, count(*) AS tickets
            FROM added b JOIN public.orders o ON o.id = b.order_id
            GROUP BY o.customer_id
        ) t
        WHERE c.id = t.customer_id;
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM FROM public.orders WHERE id IN (
            SELECT coalesce(a.order_id, r.order_id)
            FROM added a JOIN removed r USING (id)
            WHERE a.order_id IS DISTINCT FROM r.order_id
            UNION ALL
            SELECT r.order_id
            FROM added a JOIN removed r USING (id)
            WHERE a.order_id IS DISTINCT FROM r.order_id
        )
        ORDER BY id FOR SHARE;
        UPDATE public.customers c SET ticket_count = c.ticket_count + t.tickets
        FROM (
            SELECT o.customer_id, sum(b.tickets) AS tickets
            FROM (
                SELECT order_id, 1 AS tickets FROM added
                UNION ALL
                SELECT order_id, -1 FROM removed
            ) b JOIN public.orders o ON o.id = b.order_id
            GROUP BY o.customer_id
            HAVING sum(b.tickets) <> 0
        ) t
        WHERE c.id = t.customer_id;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM FROM public.orders WHERE id IN (SELECT order_id FROM removed)
        ORDER BY id FOR SHARE;
        UPDATE public.customers c SET ticket_count = c.ticket_count - t.tickets
        FROM (
            SELECT o.customer_id, count(*) AS tickets
            FROM removed b JOIN public.orders o ON o.id = b.order_id
            GROUP BY o.customer_id
        ) t
        WHERE c.id = t.customer_id;
    ELSE
        UPDATE public.customers SET ticket_count = 0 WHERE ticket_count <> 0;
    END IF;
    RETURN NULL;
END
$orderstore$
""",
    """\
CREATE FUNCTION public.count_tickets_of_orders() RETURNS trigger
    LANGUAGE plpgsql
    AS $orderstore$
BEGIN
    UPDATE public.customers c SET ticket_count = c.ticket_count + t.tickets
    FROM (
        SELECT o.customer_id, sum(o.side * (
            SELECT count(*) FROM public.barcodes b WHERE b.order_id = o.id
        )) AS tickets
        FROM (
            SELECT a.id, a.customer_id, 1 AS side
            FROM added a JOIN removed r USING (id)
            WHERE a.customer_id <> r.customer_id
            UNION ALL
            SELECT r.id, r.customer_id, -1
            FROM added a JOIN removed r USING (id)
            WHERE a.customer_id <> r.customer_id
        ) o
        GROUP BY o.customer_id
    ) t
    WHERE c.id = t.customer_id AND t.tickets <> 0;
    RETURN NULL;
END
$orderstore$
""",
]
TRIGGERS = [
    """\
CREATE TRIGGER count_inserted_tickets AFTER INSERT ON public.barcodes
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.count_tickets_of_barcodes()
""",
    """\
CREATE TRIGGER count_updated_tickets AFTER UPDATE ON public.barcodes
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.count_tickets_of_barcodes()
""",
    """\
CREATE TRIGGER count_deleted_tickets AFTER DELETE ON public.barcodes
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION public.count_tickets_of_barcodes()
""",
    """\
CREATE TRIGGER count_truncated_tickets AFTER TRUNCATE ON public.barcodes
    FOR EACH STATEMENT EXECUTE FUNCTION public.count_tickets_of_barcodes()
""",
    """\
CREATE TRIGGER count_moved_tickets AFTER UPDATE ON public.orders
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.count_tickets_of_orders()
""",
]


def upgrade():
    op.add_column("customers", sa.Column("ticket_count", sa.Integer,
                                         server_default="0", nullable=False))
    for statement in [FILL, *FUNCTIONS, *TRIGGERS]:
        op.execute(statement)


def downgrade():
    op.execute("DROP TRIGGER count_moved_tickets ON public.orders")
    for event in ("truncated", "deleted", "updated", "inserted"):
        op.execute(f"DROP TRIGGER count_{event}_tickets ON public.barcodes")
    op.execute("DROP FUNCTION public.count_tickets_of_orders()")
    op.execute("DROP FUNCTION public.count_tickets_of_barcodes()")
    op.drop_column("customers", "ticket_count")
