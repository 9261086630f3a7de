package internal.harbour.orders;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
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

    static final String QUEUE = "orders.paid";

    private final JdbcClient database;
    private final Counter consumed;

    PaidOrders(JdbcClient database, MeterRegistry meters) {
        this.database = database;
        this.consumed = meters.counter("orders.queue.consumed");
    }

    @RabbitListener(queues = QUEUE)
    void paid(Map<String, String> message) {
        database.sql("update orders set status = 'paid' where public_id = ? and status = 'placed'")
                .param(UUID.fromString(message.get("order")))
                .update();
        consumed.increment();
    }
}
