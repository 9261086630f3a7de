package internal.harbour.orders;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.when;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.autoconfigure.web.servlet.WebMvcTest;
import org.springframework.http.MediaType;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.web.servlet.MockMvc;

@WebMvcTest(OrderController.class)
class OrderControllerTest {

    @Autowired MockMvc mvc;
    @MockitoBean OrderRepository orders;

    @Test
    void placedOrderHasAnAddress() throws Exception {
        UUID id = UUID.fromString("00000000-0000-4000-8000-000000000001");
        when(orders.place(any())).thenReturn(new OrderController.Order(id, "placed"));
        mvc.perform(post("/orders").contentType(MediaType.APPLICATION_JSON)
                        .content("{\"customerId\": 1, \"lines\": [{\"sku\": \"A-1\", \"quantity\": 2}]}"))
                .andExpect(status().isCreated())
                .andExpect(header().string("Location", "/orders/" + id));
    }

    @Test
    void orderWithoutLinesIsRefused() throws Exception {
        mvc.perform(post("/orders").contentType(MediaType.APPLICATION_JSON)
                        .content("{\"customerId\": 1, \"lines\": []}"))
                .andExpect(status().isBadRequest());
    }
}
