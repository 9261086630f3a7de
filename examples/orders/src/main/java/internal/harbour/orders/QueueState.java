package internal.harbour.orders;

import com.rabbitmq.client.GetResponse;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Date;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.context.annotation.Profile;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** What the alert OrdersQueueAgeHigh looks at: how long the oldest message has waited, and how many wait. */
@Component
@Profile("worker")
class QueueState {

    private final RabbitTemplate rabbit;
    private volatile double ageSeconds;
    private volatile double depth;

    QueueState(RabbitTemplate rabbit, MeterRegistry meters) {
        this.rabbit = rabbit;
        Gauge.builder("orders.queue.oldest.message.age.seconds", () -> ageSeconds).register(meters);
        Gauge.builder("orders.queue.depth", () -> depth).register(meters);
    }

    /** Looks at the head of the queue and puts it back where it was. */
    @Scheduled(fixedDelay = 10_000)
    void measure() {
        rabbit.execute(channel -> {
            GetResponse head = channel.basicGet(PaidOrders.QUEUE, false);
            if (head == null) {
                ageSeconds = 0;
                depth = 0;
                return null;
            }
            channel.basicNack(head.getEnvelope().getDeliveryTag(), false, true);
            Date sent = head.getProps().getTimestamp();
            ageSeconds = sent == null ? 0 : (System.currentTimeMillis() - sent.getTime()) / 1000.0;
            depth = head.getMessageCount() + 1;
            return null;
        });
    }
}
