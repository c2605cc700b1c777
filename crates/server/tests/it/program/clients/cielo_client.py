"""Sells, captures, voids, queries and tokenizes with the public client library `cieloapi3mon`.

Arguments: URL of the transactional API, URL of the query API, MerchantId, MerchantKey.
Prints one JSON object: the answer that the library gave for each call.
"""

import json
import sys

from cieloApi3Mon import CieloEcommerce, CreditCard, Customer, Environment, Merchant, Payment, Sale


def card(number):
    made = CreditCard("123", "Visa")
    made.card_number = number
    made.holder = "Teste Holder"
    made.expiration_date = "12/2030"
    return made


def sale(order, amount, credit_card):
    made = Sale(order)
    made.customer = Customer("Fulano de Tal")
    made.payment = Payment(amount)
    made.payment.credit_card = credit_card
    return made


def main(api, query, merchant_id, merchant_key):
    environment = Environment(sandbox=True)
    environment.api = api + "/"
    environment.api_query = query + "/"
    cielo = CieloEcommerce(Merchant(merchant_id, merchant_key), environment)
    told = {}

    told["sold"] = cielo.create_sale(sale("python1", 15700, card("0000000000000001")))
    payment_id = told["sold"]["Payment"]["PaymentId"]
    told["captured"] = cielo.capture_sale(payment_id, 15000)
    told["part_voided"] = cielo.cancel_sale(payment_id, 5000)
    told["queried"] = cielo.get_sale(payment_id)

    whole = sale("python2", 100, card("0000000000000004"))
    cielo.create_sale(whole)
    told["voided"] = cielo.cancel_sale(whole.payment.payment_id)

    told["denied"] = cielo.create_sale(sale("python3", 100, card("0000000000000002")))

    token = card("1234123412341231")
    token.customer_name = "Fulano de Tal"
    told["token"] = cielo.create_card_token(token)
    by_token = CreditCard("123", "Visa")
    by_token.card_token = token.card_token
    told["sold_by_token"] = cielo.create_sale(sale("python4", 200, by_token))

    try:
        cielo.capture_sale(payment_id)
    except Exception as error:  # The library raises nothing more special.
        told["refused"] = str(error)
    print(json.dumps(told))


main(*sys.argv[1:])
