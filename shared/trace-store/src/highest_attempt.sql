QUALIFY ResourceAttributes['coval.attempt'] = ''
    OR toUInt32OrZero(ResourceAttributes['coval.attempt']) = max(toUInt32OrZero(ResourceAttributes['coval.attempt']))
        OVER (PARTITION BY ResourceAttributes['coval.organization_id'], ResourceAttributes['coval.simulation_output_id'])
