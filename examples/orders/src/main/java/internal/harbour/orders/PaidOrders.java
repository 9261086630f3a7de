package internal.harbour.orders;

import java.util.Map;
import java.util.UUID;
import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.context.annotation.Profile;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Marks orders as paid. Twice the same message changes nothing: delivery is at least once. */
@Component
@Profile("worker")
class PaidOrders {

    private final JdbcClient database;

    PaidOrders(JdbcClient database) {
        this.database = database;
    }

    @RabbitListener(queues = "orders.paid")
    void paid(Map<String, String> message) {
        database.sql("update orders set status = 'paid' where public_id = ? and status = 'placed'")
                .param(UUID.fromString(message.get("order")))
                .update();
    }
}
