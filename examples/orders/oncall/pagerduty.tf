# Who is called when orders pages. Applied by the platform's pipeline; PagerDuty itself is not edited by hand.

data "pagerduty_user" "mara" {
  email = "mara@harbour.internal"
}

data "pagerduty_user" "tomas" {
  email = "tomas@harbour.internal"
}

data "pagerduty_user" "ines" {
  email = "ines@harbour.internal"
}

data "pagerduty_user" "jonas" {
  email = "jonas@harbour.internal"
}

data "pagerduty_user" "aiko" {
  email = "aiko@harbour.internal"
}

data "pagerduty_user" "pavel" {
  email = "pavel@harbour.internal"
}

data "pagerduty_schedule" "operations" {
  name = "operations-duty"
}

locals {
  people = [
    data.pagerduty_user.mara.id,
    data.pagerduty_user.tomas.id,
    data.pagerduty_user.ines.id,
    data.pagerduty_user.jonas.id,
    data.pagerduty_user.aiko.id,
    data.pagerduty_user.pavel.id,
  ]
}

resource "pagerduty_schedule" "orders" {
  name      = "team-orders"
  time_zone = "Europe/Lisbon"

  layer {
    name                         = "weekly"
    start                        = "2026-01-05T10:00:00+00:00"
    rotation_virtual_start       = "2026-01-05T10:00:00+00:00"
    rotation_turn_length_seconds = 604800
    users                        = local.people
  }
}

resource "pagerduty_escalation_policy" "orders" {
  name      = "orders"
  num_loops = 2

  rule {
    escalation_delay_in_minutes = 10
    target {
      type = "schedule_reference"
      id   = pagerduty_schedule.orders.id
    }
  }

  rule {
    escalation_delay_in_minutes = 15
    target {
      type = "schedule_reference"
      id   = data.pagerduty_schedule.operations.id
    }
  }
}

resource "pagerduty_service" "orders" {
  name              = "orders"
  escalation_policy = pagerduty_escalation_policy.orders.id
}

resource "pagerduty_service_integration" "alertmanager" {
  name    = "Alertmanager"
  service = pagerduty_service.orders.id
  vendor  = data.pagerduty_vendor.prometheus.id
}

data "pagerduty_vendor" "prometheus" {
  name = "Prometheus"
}

# Mounted by Alertmanager as /etc/alertmanager/secrets/orders-pagerduty-routing-key.
resource "vault_kv_secret_v2" "routing_key" {
  mount     = "monitoring"
  name      = "alertmanager/orders-pagerduty-routing-key"
  data_json = jsonencode({ key = pagerduty_service_integration.alertmanager.integration_key })
}
