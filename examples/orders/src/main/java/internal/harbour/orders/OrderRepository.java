package internal.harbour.orders;

import internal.harbour.orders.OrderController.Order;
import internal.harbour.orders.OrderController.Placing;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.annotation.Transactional;

@Repository
class OrderRepository {

    private final JdbcClient database;

    OrderRepository(JdbcClient database) {
        this.database = database;
    }

    /** Writes the order and the message about it in one transaction: neither without the other. */
    @Transactional
    Order place(Placing placing) {
        UUID publicId = UUID.randomUUID();
        long id = database.sql("""
                        insert into orders (public_id, customer_id, status, total_cents)
                        values (?, ?, 'placed', 0) returning id""")
                .params(publicId, placing.customerId())
                .query(Long.class).single();
        int number = 0;
        for (var line : placing.lines()) {
            database.sql("""
                            insert into order_lines (order_id, line, sku, quantity, price_cents)
                            values (?, ?, ?, ?, 0)""")
                    .params(id, ++number, line.sku(), line.quantity())
                    .update();
        }
        database.sql("insert into outbox (order_id, payload) values (?, jsonb_build_object('order', ?::text))")
                .params(id, publicId.toString())
                .update();
        return new Order(publicId, "placed");
    }

    Optional<Order> find(UUID id) {
        return database.sql("select public_id as id, status from orders where public_id = ?")
                .param(id).query(Order.class).optional();
    }

    boolean cancel(UUID id) {
        return database.sql("update orders set status = 'cancelled' where public_id = ? and status = 'placed'")
                .param(id).update() == 1;
    }
}
