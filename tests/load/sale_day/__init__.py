"""A sale day on a virtual clock: how long does a learner wait who paid and whose messages were all lost?

Real: the sweep's handler and everything below it (due index, poll, decision, transactions, numbering of receipts, the
Razorpay client with its JSON), over the in-memory table, and the poll schedule. Modelled: time. A call to Razorpay
takes 200 ms, a request to the table 5 ms (a transaction 15 ms), and both keep the function's one CPU busy for a moment;
threads are tasks that wait on that clock. Learners, the browser, and the messages that do arrive are events: an
order, a payment, and its effect on the table are written as create-order and the webhook write them.
"""
