package internal.harbour.orders;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.context.annotation.Profile;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** What the alert OrdersQueueAgeHigh looks at: how long the oldest message has waited. */
@Component
@Profile("worker")
class QueueAge {

    private final JdbcClient database;
    private volatile double seconds;

    QueueAge(JdbcClient database, MeterRegistry meters) {
        this.database = database;
        Gauge.builder("orders.queue.oldest.message.age.seconds", () -> seconds).register(meters);
    }

    @Scheduled(fixedDelay = 10_000)
    void measure() {
        seconds = database.sql("""
                        select coalesce(extract(epoch from now() - min(created_at)), 0)
                        from outbox where sent_at is null""")
                .query(Double.class).single();
    }
}
